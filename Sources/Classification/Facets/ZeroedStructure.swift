internal import TensorStats

/// Whole rows, columns, neurons, heads or experts of zeros: parts of the network that were switched
/// off.
struct ZeroedStructure {
  var pattern: Verdict.Sparsity.Pattern
  /// How many parts are zero, of how many.
  var zeroed: Int
  var all: Int
  /// The parameters of the prunable tensors in which such parts lie.
  var parameters: Int
  /// The zeros that they explain.
  var zeros: Int

  /// Looks for parts from the largest to the smallest.
  static func find(_ observed: Observation, _ prunable: [Int]) -> [ZeroedStructure] {
    let measured = prunable.filter { observed.measurements[$0]?.structure != nil }
    return [
      experts(observed, measured), neurons(observed, measured), heads(observed, measured),
      lines(observed, measured, .rows), lines(observed, measured, .columns),
    ].compactMap { $0 }
  }

  // MARK: - Rows and columns

  private static func lines(
    _ observed: Observation, _ prunable: [Int], _ pattern: Verdict.Sparsity.Pattern
  ) -> ZeroedStructure? {
    var found = ZeroedStructure(pattern: pattern, zeroed: 0, all: 0, parameters: 0, zeros: 0)
    for index in prunable {
      guard let measured = observed.measurements[index], let structure = measured.structure,
        measured.zeros < measured.count
      else { continue }
      let padding = Padding(structure)
      let (zero, all, length) =
        pattern == .rows
        ? (structure.zeroRowCount - padding.rows, structure.rows, structure.columns)
        : (structure.zeroColumnCount - padding.columns, structure.columns, structure.rows)
      found.all += all
      found.zeroed += zero
      guard Double(zero) >= Threshold.structuredShare.value * Double(all), zero > 0 else {
        continue
      }
      found.parameters = found.parameters.addingClamped(observed.plan.tensors[index].parameters)
      found.zeros = found.zeros.addingClamped(zero.multipliedClamped(by: length))
    }
    return found.parameters > 0 ? found : nil
  }

  /// The zeros that whole rows and columns hold together, each counted once, and the parameters of
  /// the matrices in which they lie.
  static func crossed(_ observed: Observation, _ prunable: [Int]) -> (zeros: Int, parameters: Int) {
    var (zeros, parameters) = (0, 0)
    for index in prunable {
      guard let measured = observed.measurements[index], let structure = measured.structure,
        measured.zeros < measured.count
      else { continue }
      let padding = Padding(structure)
      let rows = structure.zeroRowCount - padding.rows
      let columns = structure.zeroColumnCount - padding.columns
      let least = Threshold.structuredShare.value
      guard rows + columns > 0,
        Double(rows) >= least * Double(structure.rows)
          || Double(columns) >= least * Double(structure.columns)
      else { continue }
      let inRows = rows.multipliedClamped(by: structure.columns)
      let inColumns = columns.multipliedClamped(by: structure.rows - rows)
      zeros = zeros.addingClamped(inRows).addingClamped(inColumns)
      parameters = parameters.addingClamped(observed.plan.tensors[index].parameters)
    }
    return (zeros, parameters)
  }

  // MARK: - Neurons of feed-forward layers

  /// The matrices that make a layer's neurons, and those that read them.
  private static let writers: Set = [
    "gate_proj", "up_proj", "gate_up_proj", "w#", "ffn_gate", "ffn_up", "fc#", "c_fc", "lin#", "wi",
    "wi_#", "dense_h_to_#h", "intermediate.dense", "linear#",
  ]

  private static func neurons(_ observed: Observation, _ prunable: [Int]) -> ZeroedStructure? {
    var layers: [String: [Int]] = [:]
    for index in prunable {
      let template = observed.plan.names.template(index)
      let isForward = [
        "mlp", "ffn", "feed_forward", "fc", "lin", "intermediate", "output.dense", "experts",
      ]
      .contains { template.text.contains($0) }
      guard isForward, !template.text.contains("attention"), !template.text.contains("attn") else {
        continue
      }
      let place = observed.plan.names.places[index]
      layers["\(place.layer)/\(place.expert)", default: []].append(index)
    }
    var found = ZeroedStructure(pattern: .neurons, zeroed: 0, all: 0, parameters: 0, zeros: 0)
    for indices in layers.values where indices.count >= 2 {
      // Neurons are the side on which all matrices of the layer agree and that is not the stream.
      let sides = indices.compactMap { side($0, observed) }
      guard sides.contains(where: \.isWritten), sides.contains(where: { !$0.isWritten }) else {
        continue
      }
      let width = sides[0].length
      guard sides.allSatisfy({ $0.length == width }) else { continue }
      var common = Set(sides[0].zero)
      for side in sides.dropFirst() { common.formIntersection(side.zero) }
      found.all += width
      guard !common.isEmpty, Padding.lines(common.sorted(), common.count, of: width) == 0,
        common.count < width,
        Double(common.count) >= Threshold.structuredShare.value * Double(width)
      else { continue }
      found.zeroed += common.count
      for side in sides {
        found.parameters = found.parameters.addingClamped(
          observed.plan.tensors[side.tensor].parameters)
        found.zeros = found.zeros.addingClamped(common.count.multipliedClamped(by: side.other))
      }
    }
    return found.zeroed > 0 ? found : nil
  }

  /// One matrix of a feed-forward layer seen from its neurons.
  private struct Side {
    var tensor: Int
    /// Whether it makes the neurons; otherwise it reads them.
    var isWritten: Bool
    var length: Int
    var other: Int
    var zero: [Int]
  }

  private static func side(_ index: Int, _ observed: Observation) -> Side? {
    guard let structure = observed.measurements[index]?.structure,
      let view = observed.plan.tensors[index].matrix, view.count == 1
    else { return nil }
    let hidden = observed.plan.context.hiddenSize
    let (outputs, inputs) =
      view.inputAxis == .columns
      ? ((view.rows, structure.zeroRows), (view.columns, structure.zeroColumns))
      : ((view.columns, structure.zeroColumns), (view.rows, structure.zeroRows))
    // The side that is not the stream's width holds the neurons.
    if inputs.0 == hidden, outputs.0 != hidden {
      return Side(
        tensor: index, isWritten: true, length: outputs.0, other: inputs.0, zero: outputs.1)
    }
    if outputs.0 == hidden, inputs.0 != hidden {
      return Side(
        tensor: index, isWritten: false, length: inputs.0, other: outputs.0, zero: inputs.1)
    }
    return nil
  }

  // MARK: - Attention heads

  /// The matrices that make queries, and those that read what heads put out.
  private static let queries: Set = ["q_proj", "attn_q", "query", "q_lin", "q"]
  /// Those that make keys and values, which go with the queries where each has its own.
  private static let partners: Set = [
    "k_proj", "attn_k", "key", "k_lin", "k", "v_proj", "attn_v", "value", "v_lin", "v",
  ]
  private static let outputs: Set = ["o_proj", "out_proj", "attn_output", "out_lin", "o"]

  private static func heads(_ observed: Observation, _ prunable: [Int]) -> ZeroedStructure? {
    var layers: [String: (query: [Int], partner: [Int], output: [Int])] = [:]
    for index in prunable {
      let template = observed.plan.names.template(index)
      let isQuery = queries.contains(template.owner)
      let isPartner = partners.contains(template.owner)
      guard isQuery || isPartner || outputs.contains(template.owner) else { continue }
      let stack = template.text.prefix { $0 != "#" }
      let key = "\(stack)\(observed.plan.names.places[index].layer)"
      if isQuery {
        layers[key, default: ([], [], [])].query.append(index)
      } else if isPartner {
        layers[key, default: ([], [], [])].partner.append(index)
      } else {
        layers[key, default: ([], [], [])].output.append(index)
      }
    }
    var found = ZeroedStructure(pattern: .heads, zeroed: 0, all: 0, parameters: 0, zeros: 0)
    for (_, layer) in layers.sorted(by: { $0.key < $1.key }) {
      for index in layer.query {
        guard let structure = observed.measurements[index]?.structure else { continue }
        // Columns that read nothing but zeros show which rows belong together.
        let output =
          layer.query.count == 1 && layer.output.count == 1
          ? observed.measurements[layer.output[0]]?.structure : nil
        let aligned = output.map { Set($0.zeroColumns).intersection(structure.zeroRows) } ?? []
        guard
          let size = observed.plan.architecture?.headDim ?? headSize(aligned, structure.rows),
          size > 1, structure.rows % size == 0
        else { continue }
        let heads = structure.rows / size
        var rows: [Int: Int] = [:]
        for row in structure.zeroRows { rows[row / size, default: 0] += 1 }
        let zero = rows.filter { $0.value == size }.keys
        found.all += heads
        guard !zero.isEmpty, zero.count < heads else { continue }
        found.zeroed += zero.count
        found.parameters = found.parameters.addingClamped(
          observed.plan.tensors[index].parameters.multipliedClamped(by: 4))
        found.zeros = found.zeros.addingClamped(
          (zero.count * size).multipliedClamped(by: structure.columns))
        let read = zero.count { head in
          (head * size..<(head + 1) * size).allSatisfy(aligned.contains)
        }
        found.zeros = found.zeros.addingClamped(
          (read * size).multipliedClamped(by: output?.rows ?? 0))
        for partner in layer.partner where layer.query.count == 1 {
          guard let other = observed.measurements[partner]?.structure, other.rows == structure.rows
          else { continue }
          let aligned = Set(other.zeroRows)
          let shared = zero.count { head in
            (head * size..<(head + 1) * size).allSatisfy(aligned.contains)
          }
          found.zeros = found.zeros.addingClamped(
            (shared * size).multipliedClamped(by: other.columns))
        }
      }
    }
    return found.zeroed > 0 ? found : nil
  }

  /// The size of heads of which some are zero: what the ends of all runs of zero rows have in common;
  /// `nil` where that is too little for a head.
  private static func headSize(_ zero: Set<Int>, _ rows: Int) -> Int? {
    var size = rows
    for row in zero {
      if !zero.contains(row - 1) { size = greatestCommonDivisor(size, row) }
      if !zero.contains(row + 1) { size = greatestCommonDivisor(size, row + 1) }
    }
    return size >= 16 && size < rows ? size : nil
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
  }

  // MARK: - Experts

  private static func experts(_ observed: Observation, _ prunable: [Int]) -> ZeroedStructure? {
    var found = ZeroedStructure(pattern: .experts, zeroed: 0, all: 0, parameters: 0, zeros: 0)
    var single: [String: (zero: Bool, parameters: Int)] = [:]
    for index in prunable {
      guard let measured = observed.measurements[index] else { continue }
      let place = observed.plan.names.places[index]
      let planned = observed.plan.tensors[index]
      if place.expert >= 0 {
        let key = "\(place.layer)/\(place.expert)"
        let isZero = measured.zeros == measured.count && measured.count > 0
        let known = single[key] ?? (true, 0)
        single[key] = (known.zero && isZero, known.parameters.addingClamped(planned.parameters))
      } else if let view = planned.matrix, view.count > 1, let structure = measured.structure {
        var rows: [Int: Int] = [:]
        for row in structure.zeroRows { rows[row / max(view.rows, 1), default: 0] += 1 }
        let zero = rows.values.count { $0 == view.rows }
        found.all += view.count
        guard zero > 0, zero < view.count else { continue }
        found.zeroed += zero
        found.parameters = found.parameters.addingClamped(planned.parameters)
        found.zeros = found.zeros.addingClamped(planned.parameters / view.count * zero)
      }
    }
    let zero = single.values.filter(\.zero)
    if !zero.isEmpty, zero.count < single.count {
      found.all += single.count
      found.zeroed += zero.count
      found.zeros = found.zeros.addingClamped(zero.reduce(0) { $0.addingClamped($1.parameters) })
      found.parameters = found.parameters.addingClamped(
        single.values.reduce(0) { $0.addingClamped($1.parameters) })
    }
    return found.zeroed > 0 ? found : nil
  }
}

/// Rows and columns of zeros at the end of a matrix, which make its sides a multiple of something.
struct Padding {
  var rows: Int
  var columns: Int
  /// The zeros in them.
  var zeros: Int

  init(_ structure: ZeroStructure) {
    rows = Self.lines(structure.zeroRows, structure.zeroRowCount, of: structure.rows)
    columns = Self.lines(structure.zeroColumns, structure.zeroColumnCount, of: structure.columns)
    zeros = rows.multipliedClamped(by: structure.columns)
      .addingClamped(columns.multipliedClamped(by: structure.rows - rows))
  }

  /// How many lines of zeros are padding: all, where they are few and the last ones, or none.
  static func lines(_ zero: [Int], _ count: Int, of all: Int) -> Int {
    let isEnd = zero.count == count && zero.first == all - count
    return isEnd && count < Threshold.paddedLines.count
      && Double(count) <= Threshold.paddedShare.value * Double(all) ? count : 0
  }
}
