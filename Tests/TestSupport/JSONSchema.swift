public import Foundation

/// The part of JSON Schema (draft 2020-12) that the report's schema uses.
public struct JSONSchema {
  private let root: [String: Any]

  /// Reads a schema.
  public init(_ text: String) throws {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    guard let root = object as? [String: Any] else { throw CocoaError(.coderInvalidValue) }
    self.root = root
  }

  /// What of a document breaks the schema; each begins with the place.
  ///
  /// - Parameter definition: a name under `$defs` to hold the document against, instead of the root.
  public func errors(in json: Data, definition: String? = nil) throws -> [String] {
    let value = try JSONSerialization.jsonObject(with: json, options: [.fragmentsAllowed])
    let schema = definition.map { ["$ref": "#/$defs/\($0)"] as [String: Any] } ?? root
    return errors(value, schema, at: "$")
  }

  private func errors(_ value: Any, _ schema: [String: Any], at place: String) -> [String] {
    if let reference = schema["$ref"] as? String {
      let name = reference.split(separator: "/").last.map(String.init) ?? ""
      let definitions = root["$defs"] as? [String: Any]
      guard let target = definitions?[name] as? [String: Any] else {
        return ["\(place): unknown \(reference)"]
      }
      return errors(value, target, at: place)
    }
    if let choices = schema["anyOf"] as? [[String: Any]] {
      let results = choices.map { errors(value, $0, at: place) }
      return results.contains { $0.isEmpty } ? [] : results.first ?? []
    }
    var found: [String] = []
    if let constant = schema["const"] as? String, value as? String != constant {
      found.append("\(place): is not \(constant)")
    }
    if let type = schema["type"] {
      let types = (type as? [String]) ?? [type as? String ?? ""]
      if !types.contains(where: { isOf(value, type: $0) }) {
        return ["\(place): \(value) is no \(types.joined(separator: " or "))"]
      }
    }
    if let choices = schema["enum"] as? [Any] {
      let isChoice = choices.contains { choice in
        choice is NSNull ? value is NSNull : (choice as? String) == (value as? String)
      }
      if !isChoice { found.append("\(place): \(value) is none of \(choices)") }
    }
    if let number = value as? NSNumber, !isBool(value) {
      if let least = schema["minimum"] as? NSNumber, number.doubleValue < least.doubleValue {
        found.append("\(place): \(number) < \(least)")
      }
      if let most = schema["maximum"] as? NSNumber, number.doubleValue > most.doubleValue {
        found.append("\(place): \(number) > \(most)")
      }
    }
    if let text = value as? String, let pattern = schema["pattern"] as? String,
      text.range(of: pattern, options: .regularExpression) == nil
    {
      found.append("\(place): \"\(text)\" does not match \(pattern)")
    }
    if let object = value as? [String: Any] {
      for key in schema["required"] as? [String] ?? [] where object[key] == nil {
        found.append("\(place): lacks \(key)")
      }
      for (key, child) in schema["properties"] as? [String: Any] ?? [:] {
        guard let child = child as? [String: Any], let member = object[key] else { continue }
        found += errors(member, child, at: "\(place).\(key)")
      }
    }
    if let array = value as? [Any] {
      if let least = schema["minItems"] as? Int, array.count < least {
        found.append("\(place): has \(array.count) items")
      }
      if let items = schema["items"] as? [String: Any] {
        for (index, item) in array.enumerated() {
          found += errors(item, items, at: "\(place)[\(index)]")
        }
      }
    }
    return found
  }

  private func isOf(_ value: Any, type: String) -> Bool {
    switch type {
    case "null": value is NSNull
    case "boolean": isBool(value)
    case "string": value is String
    case "array": value is [Any]
    case "object": value is [String: Any]
    case "number": value is NSNumber && !isBool(value) && !(value is NSNull)
    case "integer":
      (value as? NSNumber).map { !isBool(value) && $0.doubleValue == $0.doubleValue.rounded() }
        ?? false
    default: false
    }
  }

  private func isBool(_ value: Any) -> Bool {
    (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false
  }
}
