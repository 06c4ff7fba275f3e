internal import TensorStats

/// Matrices that one model stores below each other in one tensor and the other apart: queries, keys and
/// values, gates and up-projections, those of each expert after the other (transformers' Phi-3 and, from
/// version 5 on, its mixtures of experts); or those of each group of heads (InternLM2).
struct FusedParts {
  /// A part: its tensor, its rows there, and its rows in the joined one.
  struct Piece {
    var tensor: Int
    var rows: Range<Int>
    var fusedRows: Range<Int>
  }

  /// The parts of a joined tensor, in GGUF's words; `ffn_up` is joined where there is no gate beside it.
  private static let parts = [
    "attn_qkv": ["attn_q", "attn_k", "attn_v"],
    grouped: ["attn_q", "attn_k", "attn_v"],
    "ffn_up": ["ffn_gate", "ffn_up"],
    "ffn_gate_up_exps": ["ffn_gate_exps", "ffn_up_exps"],
    "ffn_gate_up_shexp": ["ffn_gate_shexp", "ffn_up_shexp"],
  ]

  /// Has the queries, the key and the value of each group of heads below each other.
  private static let grouped = "attn_qkv_groups"

  /// Where the parts of one side's tensor are on the other side; `nil` where it has none, or they have
  /// not as many rows.
  ///
  /// - Parameter experts: for each expert of the joined tensor that of the others; `nil` where each has
  ///   the same number.
  static func pieces(
    of tensor: Int, _ fused: DiffSide, in split: DiffSide, experts: [Int?]? = nil
  ) -> [Piece]? {
    let key = fused.keys.keys[tensor]
    let words = key.slot.split(separator: ".")
    guard words.count == 2, key.expert < 0, let parts = parts[String(words[0])],
      !parts.contains(where: { part in
        part != words[0] && fused.keys.tensors[key.with(slot: "\(part).\(words[1])")] != nil
      }), let whole = fused.side(of: tensor)
    else { return nil }
    let members = parts.map { matrices(key.with(slot: "\($0).\(words[1])"), split) }
    guard let count = members.first?.count, count > 0,
      members.allSatisfy({ $0.count == count })
    else { return nil }
    guard words[0] == grouped else {
      let isOfExperts = words[0].hasSuffix("_exps")
      let order = (isOfExperts ? experts : nil) ?? (0..<count).map { $0 }
      guard order.allSatisfy({ $0.map { $0 < count } ?? false }) else { return nil }
      return joined(
        order.compactMap(\.self).flatMap { index in members.map { $0[index] } }, in: whole)
    }
    let head = [fused, split].lazy.compactMap { $0.plan.architecture?.headDim }.first ?? 0
    guard count == 1, head > 0, let keys = members[1].first?.rows.count, keys >= head,
      keys.isMultiple(of: head)
    else { return nil }
    let groups = keys / head
    return joined(
      (0..<groups).flatMap { group in
        members.compactMap { $0.first }.map { tensor, rows, columns in
          let height = rows.count / groups
          let start = rows.lowerBound + group * height
          return (tensor, start..<start + height, columns)
        }
      }, in: whole)
  }

  /// Lays matrices below each other; `nil` where they do not fill the whole.
  private static func joined(
    _ matrices: [(tensor: Int, rows: Range<Int>, columns: Int)], in whole: ReadingPair.Side
  ) -> [Piece]? {
    var pieces: [Piece] = []
    var row = 0
    for (tensor, rows, columns) in matrices {
      guard columns == whole.columns, rows.count <= whole.rows - row else { return nil }
      pieces.append(Piece(tensor: tensor, rows: rows, fusedRows: row..<row + rows.count))
      row += rows.count
    }
    return row == whole.rows ? pieces : nil
  }

  /// The matrices of a key: one, those of a stack, or those of experts that are tensors of their own.
  private static func matrices(
    _ key: TensorKey, _ side: DiffSide
  ) -> [(tensor: Int, rows: Range<Int>, columns: Int)] {
    if let tensor = side.keys.tensors[key], let matrix = side.side(of: tensor) {
      let height = max(1, side.stackedRows(of: tensor) ?? matrix.rows)
      return stride(from: 0, to: matrix.rows, by: height).map {
        (tensor, $0..<min($0 + height, matrix.rows), matrix.columns)
      }
    }
    var found: [(tensor: Int, rows: Range<Int>, columns: Int)] = []
    while let tensor = side.keys.tensors[key.with(expert: found.count)],
      let matrix = side.side(of: tensor)
    {
      found.append((tensor, 0..<matrix.rows, matrix.columns))
    }
    return found
  }
}

extension DiffSide {
  /// The rows of each matrix of a stack; `nil` where a tensor is no stack.
  func stackedRows(of tensor: Int) -> Int? {
    let shape = shape(of: tensor)
    return shape.count == 3 ? shape[1] : nil
  }

  /// Whether a tensor holds all experts of a layer, one below the other.
  func isStackOfExperts(_ tensor: Int) -> Bool {
    keys.keys[tensor].layer >= 0 && keys.keys[tensor].slot.hasSuffix("_exps.weight")
      && stackedRows(of: tensor) != nil
  }

  /// All rows of a tensor, of a vector its values; `nil` where it cannot be read.
  func side(of tensor: Int) -> ReadingPair.Side? {
    guard !isBookkeeping(tensor), var reading = reading(of: tensor) else { return nil }
    if reading.shape.count == 1, case .plain = reading.decoder { reading.shape.append(1) }
    return ReadingPair.Side(reading)
  }
}
