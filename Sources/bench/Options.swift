import Foundation
import ModelFile

/// What the command line asks for.
struct Options {
  var megabytes = 1000
  var directory = FileManager.default.temporaryDirectory
  var types = Input.types
  var rounds = 5
  var usesNumpy = true

  init() {}

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let option = rest.popFirst() {
      switch option {
      case "--no-numpy": usesNumpy = false
      case "--megabytes": megabytes = try Self.number(rest.popFirst(), option)
      case "--rounds": rounds = try Self.number(rest.popFirst(), option)
      case "--directory":
        guard let path = rest.popFirst() else { throw Unusable(option: option) }
        directory = URL(fileURLWithPath: path)
      case "--types":
        let names = (rest.popFirst() ?? "").split(separator: ",").map(String.init)
        types = names.compactMap { name in ElementType.decodable.first { $0.name == name } }
        guard !types.isEmpty, types.count == names.count else { throw Unusable(option: option) }
      default: throw Unusable(option: option)
      }
    }
  }

  private static func number(_ text: String?, _ option: String) throws -> Int {
    guard let number = text.flatMap({ Int($0) }), number > 0 else { throw Unusable(option: option) }
    return number
  }

  struct Unusable: Error, CustomStringConvertible {
    var option: String
    var description: String { "cannot use \(option)" }
  }
}
