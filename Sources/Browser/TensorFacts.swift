import Report

/// What lists, sums and pictures need of each tensor, as columns of flat arrays, so that 100,000
/// tensors are passed over within a frame.
struct TensorFacts: Sendable {
  /// The names, escaped for a terminal.
  private(set) var names: [String] = []
  /// The bytes of all names behind each other, for searching.
  private(set) var text: [UInt8] = []
  /// The same in small letters.
  private(set) var foldedText: [UInt8] = []
  /// Where each name begins in `text`, and the end of the last.
  private(set) var textStarts: [Int] = [0]
  /// The index of each tensor's type in `typeNames`.
  private(set) var types: [Int] = []
  private(set) var typeNames: [String] = []
  /// The index of each tensor's role in `roleNames`.
  private(set) var roles: [Int] = []
  private(set) var roleNames: [String] = []
  /// The first number among the components of each name; −1 where there is none.
  private(set) var layers: [Int] = []
  private(set) var parts: [NetworkPart] = []
  /// The parts of layers that have weights, in the order of a layer.
  private(set) var layerParts: [NetworkPart] = []
  /// The greatest number of a layer with weights; −1 where there are no layers.
  private(set) var lastLayer = -1
  private(set) var parameters: [Int] = []
  private(set) var bytes: [Int] = []
  /// Hashes of the shapes, to tell modules apart that are named alike.
  private(set) var shapeHashes: [UInt64] = []
  /// Problems that name the tensor.
  private(set) var problems: [Int] = []

  // What is measured so far.
  private(set) var isMeasured: [Bool] = []
  private(set) var counts: [Int] = []
  private(set) var zeros: [Int] = []
  /// The sum of squares of the finite values; NaN where mean and deviation are not known.
  private(set) var squares: [Double] = []
  /// Effective bits of a weight, else the stored ones; NaN where neither is known.
  private(set) var bits: [Double] = []
  /// NaN and infinite values.
  private(set) var notFinite: [Int] = []
  /// Those of all tensors.
  private(set) var notFiniteTotal = NotFinite()
  private(set) var measuredCount = 0

  var count: Int { names.count }

  /// What a list shows of a name without characters.
  static let noName = "\"\""

  /// Components of a name beyond this many stay together: nobody nests deeper on purpose.
  static let componentLimit = 16

  /// Takes what is needed from a report.
  ///
  /// - Parameter visit: is shown each tensor once, as describing them all again takes time.
  init(report: Report, visit: (Report.Tensor, Int) -> Void = { _, _ in }) {
    let count = report.tensors.count
    names.reserveCapacity(count)
    textStarts.reserveCapacity(count + 1)
    text.reserveCapacity(count * 64)
    for column in [\Self.types, \.roles, \.layers, \.parameters, \.bytes, \.problems] {
      self[keyPath: column].reserveCapacity(count)
    }
    parts.reserveCapacity(count)
    bits.reserveCapacity(count)
    shapeHashes.reserveCapacity(count)
    isMeasured = Array(repeating: false, count: count)
    counts = Array(repeating: 0, count: count)
    zeros = counts
    notFinite = counts
    squares = Array(repeating: .nan, count: count)
    var typeIDs: [String: Int] = [:]
    var roleIDs: [String: Int] = [:]
    var partCache: [UInt64: NetworkPart] = [:]
    var problemCounts: [String: Int] = [:]
    for problem in report.problems {
      if let tensor = problem.tensor { problemCounts[tensor, default: 0] += 1 }
    }
    var components: [Range<Int>] = []
    for (index, tensor) in report.tensors.enumerated() {
      let name = escapedForTerminal(tensor.name)
      let start = text.count
      names.append(name.isEmpty ? Self.noName : name)
      text.append(contentsOf: name.utf8)
      textStarts.append(text.count)
      types.append(Self.intern(tensor.type, in: &typeIDs, names: &typeNames))
      roles.append(Self.intern(tensor.role, in: &roleIDs, names: &roleNames))
      Self.findComponents(of: text, in: start..<text.count, into: &components)
      var layer: Int?
      for component in components where layer == nil {
        layer = Self.number(text, in: component)
      }
      layers.append(layer ?? -1)
      let module = Module(components: components, of: text)
      let key = module.hash(text, role: roles[roles.count - 1])
      if let part = partCache[key] {
        parts.append(part)
      } else {
        let part = module.part(text, role: tensor.role)
        partCache[key] = part
        parts.append(part)
      }
      parameters.append(tensor.parameters)
      bytes.append(tensor.bytes)
      problems.append(problemCounts.isEmpty ? 0 : problemCounts[tensor.name] ?? 0)
      shapeHashes.append(NameTrie.hash(shape: tensor.shape))
      bits.append(Self.storedBits(tensor))
      if let measurement = tensor.measurement { note(measurement, of: index) }
      visit(tensor, index)
    }
    var hasPart = Array(repeating: false, count: NetworkPart.allCases.count)
    for index in names.indices where isLayerWeight(index) {
      lastLayer = max(lastLayer, layers[index])
      hasPart[Int(parts[index].rawValue)] = true
    }
    layerParts = NetworkPart.allCases.filter { hasPart[Int($0.rawValue)] }
    foldedText = text.map(foldedCase)
  }

  /// Takes in what was measured of a tensor.
  mutating func note(_ measurement: Report.TensorMeasurement, of index: Int) {
    guard names.indices.contains(index) else { return }
    // A tensor may be measured again, for its pictures.
    if !isMeasured[index] {
      measuredCount += 1
      notFiniteTotal.add(measurement)
    }
    notFinite[index] = measurement.nans.addingClamped(measurement.infinities)
    isMeasured[index] = true
    counts[index] = measurement.count
    zeros[index] = measurement.zeros
    if let mean = measurement.mean, let deviation = measurement.std {
      squares[index] = (mean * mean + deviation * deviation) * Double(measurement.count)
    }
    if let effective = measurement.effectiveType.flatMap(Self.effectiveBits) {
      bits[index] = effective
    }
  }

  /// The share of zeros of a tensor; `nil` before it is measured.
  func sparsity(_ index: Int) -> Double? {
    counts[index] > 0 ? Double(zeros[index]) / Double(counts[index]) : nil
  }

  /// The root of the mean square of a tensor's values.
  func rms(_ index: Int) -> Double? {
    squares[index].isFinite && counts[index] > 0
      ? (squares[index] / Double(counts[index])).squareRoot() : nil
  }

  /// Whether a tensor is a weight of a layer; scales, indices and the like are not.
  func isLayerWeight(_ index: Int) -> Bool { layers[index] >= 0 && parameters[index] > 0 }

  /// Whether something is wrong with a tensor: a problem, or values that are no numbers.
  func isSuspicious(_ index: Int) -> Bool { problems[index] > 0 || notFinite[index] > 0 }

  func typeName(_ index: Int) -> String { typeNames[types[index]] }
  func roleName(_ index: Int) -> String { roleNames[roles[index]] }

  private static func storedBits(_ tensor: Report.Tensor) -> Double {
    tensor.parameters > 0 ? Double(tensor.bytes) * 8 / Double(tensor.parameters) : .nan
  }

  /// Bits of an effective type by its name in the report; `nil` for codebooks, whose size differs.
  static func effectiveBits(_ type: String) -> Double? {
    switch type {
    case "fp64": return 64
    case "fp32": return 32
    case "bf16", "fp16": return 16
    case "fp8_e4m3", "fp8_e5m2": return 8
    case "fp4_e2m1": return 4
    case "ternary": return 1.58  // the logarithm of three
    case "binary": return 1
    default:
      guard type.hasPrefix("int") else { return nil }
      return Double(type.dropFirst(3))
    }
  }

  private static func intern(_ name: String, in ids: inout [String: Int], names: inout [String])
    -> Int
  {
    if let id = ids[name] { return id }
    let id = names.count
    ids[name] = id
    names.append(escapedForTerminal(name))
    return id
  }
}

extension TensorFacts {
  /// Finds the components of a name, separated by dots or slashes, at most ``componentLimit``.
  static func findComponents(
    of text: [UInt8], in range: Range<Int>, into components: inout [Range<Int>]
  ) {
    components.removeAll(keepingCapacity: true)
    var start = range.lowerBound
    for position in range
    where text[position] == UInt8(ascii: ".") || text[position] == UInt8(ascii: "/") {
      if components.count == componentLimit - 1 { break }
      // A separator at an end is part of the name.
      guard position > start, position + 1 < range.upperBound else { continue }
      components.append(start..<position)
      start = position + 1
    }
    components.append(start..<range.upperBound)
  }

  /// A component that is a whole number of at most six digits: no network has more layers.
  static func number(_ text: [UInt8], in range: Range<Int>) -> Int? {
    guard (1...6).contains(range.count) else { return nil }
    var value = 0
    for position in range {
      let digit = text[position]
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return value
  }

  /// The text of a component.
  func string(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }

  /// The components of a name that tell a tensor's part of the network.
  private struct Module {
    /// The module and what it is in, as far as there is something.
    let name, parent, grandparent: Range<Int>

    init(components: [Range<Int>], of text: [UInt8]) {
      // `.weight`, `.qweight` and the like are not modules; a bare name is its own.
      let last = components.count > 1 ? components.count - 2 : 0
      // Which layer or expert it is does not matter.
      func component(_ index: Int) -> Range<Int> {
        index >= 0 && TensorFacts.number(text, in: components[index]) == nil
          ? components[index] : 0..<0
      }
      (name, parent, grandparent) = (component(last), component(last - 1), component(last - 2))
    }

    /// Tells modules of different names or roles apart: FNV-1a.
    func hash(_ text: [UInt8], role: Int) -> UInt64 {
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(truncatingIfNeeded: role)
      for range in [name, parent, grandparent] {
        for position in range { hash = (hash ^ UInt64(text[position])) &* 0x100_0000_01B3 }
        hash = (hash ^ 0x100) &* 0x100_0000_01B3
      }
      return hash
    }

    func part(_ text: [UInt8], role: String) -> NetworkPart {
      func word(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
      return NetworkPart(
        module: word(name), parent: word(parent), grandparent: word(grandparent), role: role)
    }
  }
}
