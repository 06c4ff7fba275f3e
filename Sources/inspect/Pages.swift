import Browser
import Classification
import ModelFile
import Report
import Synchronization
import TensorStats

/// Pieces of a model's files that the browser asks for when they are looked at.
enum Pages {
  /// The weights that a tensor stands for, where the plan tells how to decode them; else its
  /// elements.
  static func values(of tensor: Int, from start: Int, count: Int, in inspection: Inspection)
    -> Browser.Update
  {
    let model = inspection.model
    guard model.tensors.indices.contains(tensor) else { return noSuchTensor }
    let found = model.tensors[tensor]
    let reading =
      inspection.plan.readings.first { $0.tensor == tensor }
      ?? Reading(
        tensor: tensor, decoder: .plain(found.type), shape: found.shape.map { Int(clamping: $0) })
    do throws(Unmeasurable) {
      let values = try ValuePage.numbers(of: reading, in: model, from: start, count: count)
      return .values(tensor: tensor, start: start, values)
    } catch {
      return .message(error.problem.message, isError: true)
    }
  }

  static func bytes(of tensor: Int, from start: Int, count: Int, in model: Model)
    -> Browser.Update
  {
    guard model.tensors.indices.contains(tensor) else { return noSuchTensor }
    let found = model.tensors[tensor]
    let path = model.parts[found.part].path
    do throws(FileError) {
      let left = max(0, found.byteCount - start)
      let bytes = try FileReader(path: path).bytes(
        at: found.offset + start, count: min(count, left))
      return .bytes(tensor: tensor, start: start, bytes)
    } catch {
      return .message("\(path): \(error)", isError: true)
    }
  }

  static func array(_ key: String, from start: Int, count: Int, of model: Model)
    -> Browser.Update
  {
    guard case .array(let array) = model[metadata: key], model.parts.indices.contains(array.part)
    else { return .message("\(key) is no array", isError: true) }
    let part = model.parts[array.part]
    do throws(FileError) {
      let file = try FileReader(path: part.path)
      let values = try array.values(from: start, count: count, in: file, of: part)
      return .array(key: key, start: start, values.map(MetadataObject.Value.init))
    } catch {
      return .message("\(part.path): \(error)", isError: true)
    }
  }

  /// Looks for the next element of an array that holds a text, small letters matching capitals too;
  /// behind the end from the beginning on.
  static func element(
    of key: String, holding text: String, from start: Int, backwards: Bool, in model: Model
  ) -> Browser.Update {
    guard case .array(let array) = model[metadata: key] else { return .found(key: key, index: nil) }
    let sought = text.lowercased()
    // Blocks of the array from the one of the start on, and that one again for its other half.
    let blocks = max((array.count + searchedAtOnce - 1) / searchedAtOnce, 1)
    let first = min(max(start, 0), max(array.count - 1, 0)) / searchedAtOnce
    for step in 0...blocks {
      let block = ((backwards ? first - step : first + step) % blocks + blocks) % blocks
      let place = block * searchedAtOnce
      guard
        case .array(_, _, let values) = Self.array(
          key, from: place, count: min(searchedAtOnce, array.count - place), of: model)
      else { break }
      let found = values.indices.filter { index in
        let isAhead = backwards ? place + index <= start : place + index >= start
        return (step > 0 || isAhead) && values[index].text.lowercased().contains(sought)
      }
      if let index = backwards ? found.last : found.first {
        return .found(key: key, index: place + index)
      }
    }
    return .found(key: key, index: nil)
  }

  /// Elements that are read at once when one is looked for.
  private static let searchedAtOnce = 1 << 16

  /// Measures a tensor again for its pictures, which are too large to be kept of all.
  static func picture(of tensor: Int, in inspection: Inspection) -> Browser.Update {
    let readings = inspection.plan.readings.filter { $0.tensor == tensor }
    let picture = Mutex(TensorPicture())
    // One worker: the user's next key matters more.
    Scan(model: inspection.model, readings: readings, mode: .exact, workers: 1).run { event in
      if case .measured(_, let measurement) = event {
        picture.withLock { $0 = TensorPicture(measurement) }
      }
    }
    return .picture(tensor: tensor, picture.withLock { $0 })
  }

  private static let noSuchTensor = Browser.Update.message(
    "there is no such tensor", isError: true)
}

/// Folders to choose a model from.
enum Folder {
  /// The folder that a model lies in.
  static func of(_ model: Model) -> String {
    guard let path = model.parts.first?.path, let slash = path.lastIndex(of: "/") else {
      return "."
    }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The folder that a folder lies in, by its path.
  static func parent(of folder: String) -> String {
    let components = folder.split(separator: "/")
    let isAbsolute = folder.hasPrefix("/")
    guard let last = components.last, last != "." else { return isAbsolute ? "/" : ".." }
    if last == ".." { return folder + "/.." }
    let rest = components.dropLast().joined(separator: "/")
    return isAbsolute ? "/" + rest : rest.isEmpty ? "." : rest
  }

  /// The models of the command line; those of one name are told apart by where they differ.
  static func choices(of paths: [String]) -> [ModelChoice] {
    let uses = paths.reduce(into: [:]) { $0[lastName(of: $1), default: 0] += 1 }
    let shared = sharedFolder(of: paths)
    // Where all are called alike, that says nothing: their folders tell them apart.
    let end = uses.count == 1 && paths.count > 1 ? "/" + lastName(of: paths[0]) : ""
    return paths.map { path in
      var name = lastName(of: path)
      if uses[name] != 1 { name = String(path.dropFirst(shared.count)) }
      if !end.isEmpty, name.hasSuffix(end) { name.removeLast(end.count) }
      let isFile = FileSystem.kind(of: path) == .file
      return ModelChoice(
        path: path, name: name, bytes: isFile ? FileSystem.identity(of: path)?.byteCount : nil)
    }
  }

  /// What a model is, by measuring a small one and by the header of others; `nil` for a folder that
  /// is no model itself.
  static func headline(of path: String, options: MeasureOptions) -> String? {
    var options = options
    // A list must not keep the machine busy that measures what is shown.
    options.jobs = 1
    options.progress = .never
    let opened = Inspection(path: path, options: options)
    if opened.isOtherFolder { return nil }
    if opened.model.parts.reduce(0, { $0 + $1.byteCount }) > measuredBytes {
      options.measure = .header
    }
    let report = Inspection(path: path, options: options).report()
    let headline = report.classification.headline
    guard report.status != .ok else { return headline }
    return report.status.rawValue + (report.tensors.isEmpty ? "" : " · \(headline)")
  }

  /// Bytes up to which a model is measured for its line in a list: some hundredths of a second.
  private static let measuredBytes = 16 << 20

  /// The folders and the models in a folder.
  static func choices(in folder: String) -> [ModelChoice] {
    let content = try? ModelSearch.content(of: folder)
    let parent = [
      ModelChoice(path: parent(of: folder), name: "..", bytes: nil, isDirectory: true)
    ]
    return parent
      + (content?.folders ?? []).map {
        ModelChoice(path: $0, name: lastName(of: $0), bytes: nil, isDirectory: true)
      }.sorted(by: isBefore)
      + (content?.models ?? []).map {
        ModelChoice(path: $0.path, name: lastName(of: $0.path), bytes: $0.byteCount)
      }.sorted(by: isBefore)
  }

  /// Whether a name comes before another as people count: 2 before 10.
  private static func isBefore(_ a: ModelChoice, _ b: ModelChoice) -> Bool {
    isNaturallyBefore(a.name, b.name)
  }

  /// What all paths begin with, up to the last separator.
  private static func sharedFolder(of paths: [String]) -> Substring {
    guard var shared = paths.first?[...] else { return "" }
    for path in paths { shared = shared.prefix(zip(shared, path).prefix { $0 == $1 }.count) }
    return shared.lastIndex(of: "/").map { shared.prefix(through: $0) } ?? ""
  }

  private static func lastName(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
