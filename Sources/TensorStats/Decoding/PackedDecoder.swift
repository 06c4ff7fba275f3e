public import ModelFile

/// How weights are computed from codes and from the small tensors beside them.
///
/// Each weight is
///
///     (number of its code − zero) × scales + bias
///
/// in float32, rounded once per operation; parts that are absent are left out. The description is
/// made of numbers and of indexes in ``Model/tensors`` and knows no scheme by name: a scheme is one
/// value of this type.
///
/// The logical dimensions stand in ``Reading/shape``: the last is a row (the inputs of a linear
/// layer), the one before it counts rows (its outputs), and all before that count matrices that lie
/// one behind the other (stacked experts). Where a tensor is said to be a matrix below, a stack
/// holds one such matrix for each, in every tensor that takes part; a tensor with no more values
/// than one matrix needs serves all of them.
///
/// GPTQ with 4 bits and groups of 128 is, for example,
///
///     PackedDecoder(
///       storage: .codes(
///         StoredCodes(tensor: qweight, bits: 4, packing: .dense(bits: 4, wordBits: 32),
///           direction: .downColumn),
///         .transposed),
///       numbers: .unsigned,
///       zero: GroupValues(
///         .codes(
///           StoredCodes(
///             tensor: qzeros, bits: 4, packing: .dense(bits: 4, wordBits: 32), increment: 1),
///           plus: 0),
///         sharing: .indexed(by: gIdx), arrangement: .transposed),
///       scales: [
///         Scale(GroupValues(
///           .elements(tensor: scales, as: .f16), sharing: .indexed(by: gIdx),
///           arrangement: .transposed))
///       ])
public struct PackedDecoder: Sendable {
  /// Where the codes are.
  public var storage: Storage
  /// What a code stands for before it is shifted and scaled.
  ///
  /// Not asked where ``storage`` holds numbers rather than codes.
  public var numbers: CodeNumbers
  /// Subtracted from the code's number before scaling.
  ///
  /// Integer zero points are exact; float ones (HQQ) round.
  public var zero: GroupValues?
  /// The factors of a weight.
  ///
  /// They are combined first, from left to right, and the result meets the code's number last.
  public var scales: [Scale]
  /// Added to the scaled number (MLX `biases`; AWQ's gemv_fast stores −scale·zero).
  public var bias: GroupValues?
  /// Whether ``bias`` is subtracted instead (Quanto's `_shift`).
  public var subtractsBias: Bool

  /// Describes packed weights.
  public init(
    storage: Storage,
    numbers: CodeNumbers = .unsigned,
    zero: GroupValues? = nil,
    scales: [Scale] = [],
    bias: GroupValues? = nil,
    subtractsBias: Bool = false
  ) {
    self.storage = storage
    self.numbers = numbers
    self.zero = zero
    self.scales = scales
    self.bias = bias
    self.subtractsBias = subtractsBias
  }

  /// Where the codes of a matrix are.
  public enum Storage: Sendable {
    /// A code for every weight.
    case codes(StoredCodes, Arrangement)
    /// A number for every weight, row by row, in a tensor given by its index in ``Model/tensors``.
    case numbers(tensor: Int, as: ElementType)
    /// Only some weights are stored, and a bit for each weight says whether it is.
    case bitmask(BitmaskRows)
    /// Two of every four weights are stored, in the order that tensor cores want.
    case marlin24(Marlin24)
    /// A code for every weight, tile by tile, in the order that kernels want.
    case tiled(TiledCodes)
    /// A code for every weight, of widths that differ from one band of columns to the next.
    case banded(BandedCodes)
    /// Only some weights are stored, each with its column.
    case sparse(SparseRows)
    /// Vectors of weights, each the sum of entries of codebooks.
    case vectors(VectorCodes)
    /// Vectors of weights down the columns, by indices of any width.
    case indexed(IndexedVectors)
    /// Tiles of codes with their scales in them, and outliers that are added.
    case outlierTiles(OutlierTiles)
  }
}

/// Integer codes as a tensor stores them: a matrix of words, each with the codes of some neighbours.
public struct StoredCodes: Sendable {
  /// The index of the tensor in ``Model/tensors``.
  ///
  /// Its element type does not matter, only its bytes: 4-bit codes may lie in U8, I8, I16, I32, U32,
  /// I64 or BF16.
  public var tensor: Int
  /// The width of a code, 1…8.
  public var bits: Int
  /// Where the codes of a word lie in it.
  public var packing: Packing
  /// Of which neighbours a word holds the codes.
  public var direction: Direction
  /// Added to every code within the bits of its word.
  ///
  /// A code that overflows counts one more in the code above it (GPTQ's first zero points). Codes
  /// that reach into a following word, or whose bits lie apart, wrap around for themselves.
  public var increment: Int

  /// Describes stored codes.
  public init(
    tensor: Int, bits: Int, packing: Packing, direction: Direction = .alongRow, increment: Int = 0
  ) {
    self.tensor = tensor
    self.bits = bits
    self.packing = packing
    self.direction = direction
    self.increment = increment
  }

  /// Of which neighbours in the stored matrix of codes a word holds the codes; n is the number of
  /// codes in a word.
  public enum Direction: Sendable, Equatable {
    /// Word (r, c) holds the codes (r, n·c) … (r, n·c + n − 1).
    case alongRow
    /// Word (r, c) holds the codes (n·r, c) … (n·r + n − 1, c). Codes that continue from word to
    /// word (GPTQ with 3 bits) continue in the word below.
    case downColumn
    /// Word (r, c) of R rows of words holds the codes (r, c), (r + R, c), (r + 2·R, c) … (BitNet,
    /// Quanto, HQQ).
    case rowsApart
  }
}

/// Where codes lie in words of 8, 16, 32 or 64 bits, bytes in little-endian order.
public struct Packing: Sendable, Equatable {
  /// Bits of a word.
  public var wordBits: Int
  /// For each code, in the order of the codes, the place of its lowest bit.
  ///
  /// A place beyond ``wordBits`` lies in a following word: a code may begin in one word and end in the
  /// next.
  public var places: [Int]
  /// Where codes are taken apart, their parts from the lowest bits up; empty where they lie whole.
  public var planes: [Plane] = []
  /// The words after which the places repeat, where those are more than the places reach into.
  var runWords: Int?

  /// Describes any order of codes.
  public init(wordBits: Int, places: [Int]) {
    self.wordBits = wordBits
    self.places = places
  }

  /// Some bits of every code of a run.
  public struct Plane: Sendable, Equatable {
    /// How many bits of a code.
    public var bits: Int
    /// For each code the place of the lowest of them.
    public var places: [Int]

    /// Describes a plane.
    public init(bits: Int, places: [Int]) {
      self.bits = bits
      self.places = places
    }
  }

  /// Codes of which every 32 fill as many words as a code has bits: first the lowest 4 (or 2) bits of
  /// all of them, then the next, each part in whole words.
  ///
  /// GPTQModel's `gptq_p` (docs/gptq_planar.md): 3 = 2 + 1, 5 = 4 + 1, 6 = 4 + 2, 7 = 4 + 2 + 1 bits.
  public static func planar(bits: Int) -> Packing {
    guard [3, 5, 6, 7].contains(bits) else { return .dense(bits: bits, wordBits: 32) }
    var planes: [Plane] = []
    var done = 0
    for width in [4, 2, 1] where bits & width != 0 {
      planes.append(Plane(bits: width, places: (0..<32).map { 32 * done + width * $0 }))
      done += width
    }
    var packing = Packing(wordBits: 32, places: planes[0].places)
    packing.planes = planes
    packing.runWords = bits
    return packing
  }

  /// Codes from the lowest bit up without gaps, from word to word.
  ///
  /// So do GPTQ, MLX and compressed-tensors from 0.18 on. With `wordBits` 8 the low nibble of a byte
  /// comes first.
  public static func dense(bits: Int, wordBits: Int) -> Packing {
    guard bits > 0, wordBits > 0 else { return Packing(wordBits: wordBits, places: []) }
    var run = wordBits
    while run % bits != 0 { run += wordBits }
    return Packing(wordBits: wordBits, places: Array(stride(from: 0, to: run, by: bits)))
  }

  /// As many whole codes as fit a word from the lowest bit up, the rest unused (compressed-tensors
  /// before 0.18: ten 3-bit codes in 32 bits).
  public static func whole(bits: Int, wordBits: Int) -> Packing {
    guard bits > 0, wordBits >= bits else { return Packing(wordBits: wordBits, places: []) }
    return Packing(wordBits: wordBits, places: (0..<wordBits / bits).map { $0 * bits })
  }

  /// As many whole codes as fit a word, the last in the lowest bits.
  ///
  /// So do bitsandbytes (the high nibble of a byte first) and HQQ.
  public static func highFirst(bits: Int, wordBits: Int) -> Packing {
    Packing(
      wordBits: wordBits,
      places: Packing.whole(bits: bits, wordBits: wordBits).places.reversed()
    )
  }

  /// Eight 4-bit codes in 32 bits in AutoAWQ's order: nibble i holds code [0, 2, 4, 6, 1, 3, 5, 7][i].
  public static let awq = Packing(wordBits: 32, places: [0, 16, 4, 20, 8, 24, 12, 28])
}

/// How the rows and columns of a matrix lie in the stored one.
public enum Arrangement: Sendable, Equatable {
  /// Row by row, as the logical matrix.
  case rowMajor
  /// The stored rows are the logical columns (GPTQ and AWQ store [in, out]).
  case transposed
  /// Row by row, but without regard to where rows end: the stored matrix has rows of this many
  /// values. bitsandbytes stores all weights in one row; HQQ a row for each group.
  case lines(Int)
  /// In blocks of 128 rows × 4 columns, one behind the other along the rows, padded at the edges; in a
  /// block 32 lines, each with the four values of every 32nd row. So NVIDIA's tensor cores want block
  /// scales (cuBLAS, "1D Block Scaling Factors Layout"), and torchao and ComfyUI store them.
  case blocked
}

/// What number a code stands for.
public enum CodeNumbers: Sendable {
  /// 0 … 2ᵇ − 1.
  case unsigned
  /// −2ᵇ⁻¹ … 2ᵇ⁻¹ − 1 in two's complement.
  case signed
  /// A float type as wide as the code: F4, F6_E2M3, F6_E3M2, F8_E4M3, F8_E5M2 and so on.
  case float(ElementType)
  /// A table with 2ᵇ entries.
  case table([Float])
  /// A table with 2ᵇ entries in a float tensor (bitsandbytes' `quant_map`), by its index in
  /// ``Model/tensors``.
  case tensor(Int)
}

/// A factor of all weights, or of their groups.
public struct Scale: Sendable {
  /// The factors.
  public var values: GroupValues
  /// Whether to divide by it.
  ///
  /// The first scale's operation is the one with the code's number (BitNet divides by its
  /// `weight_scale`), each other's the one with the scales before it (NVFP4 of compressed-tensors
  /// divides by its global scale, ModelOpt's multiplies).
  public var divides: Bool

  /// Describes a factor.
  public init(_ values: GroupValues, divides: Bool = false) {
    self.values = values
    self.divides = divides
  }
}

/// Numbers that weights share: scales, zero points, biases.
public struct GroupValues: Sendable {
  /// Where the numbers are.
  public var source: Source
  /// Which weights share one.
  public var sharing: Sharing
  /// How the groups of a matrix, as a matrix with a row for each row of tiles, lie in the stored one.
  public var arrangement: Arrangement
  /// Values in a stored row where it is padded beyond what the groups need (AWQ's gemv); else `nil`.
  public var storedColumns: Int?
  /// In runs of so many rows, the place where each one's values stand; empty for the order that the
  /// codes have (``TiledCodes/rowOrder``).
  public var rowOrder: [Int]

  /// Describes shared numbers.
  public init(
    _ source: Source,
    sharing: Sharing,
    arrangement: Arrangement = .rowMajor,
    storedColumns: Int? = nil,
    rowOrder: [Int] = []
  ) {
    self.source = source
    self.sharing = sharing
    self.arrangement = arrangement
    self.storedColumns = storedColumns
    self.rowOrder = rowOrder
  }

  /// Where shared numbers are.
  public enum Source: Sendable {
    /// One number for all.
    case constant(Float)
    /// The elements of a tensor, given by its index in ``Model/tensors``, read as numbers of this
    /// type. The type is as wide as the tensor's own and mostly the same; exponents in U8 are read
    /// as `.f8e8m0`, E4M3 in U8 as `.f8e4m3`.
    case elements(tensor: Int, as: ElementType)
    /// The first or second of each two elements of a tensor, the pairs stored as elements are
    /// (torchao's `scale_and_zero`).
    case pairs(tensor: Int, as: ElementType, second: Bool)
    /// Unsigned codes, packed along the stored matrix of groups, plus a constant (the root of EXL2's
    /// scales, less one).
    case codes(StoredCodes, plus: Int)
    /// Numbers that are themselves packed, one after another in one row (bitsandbytes' double
    /// quantization).
    indirect case packed(PackedDecoder)
  }

  /// Which weights of a matrix share one number.
  public enum Sharing: Sendable, Equatable {
    /// All of a matrix.
    case matrix
    /// Tiles of so many rows and columns, partial ones at the edges: 1 × g for groups along the
    /// inputs, 1 × columns for a row, 128 × 128 for DeepSeek's FP8.
    case tiles(rows: Int, columns: Int)
    /// Runs of so many weights in row-major order, without regard to where rows end (bitsandbytes,
    /// HQQ).
    case runs(Int)
    /// Every n-th weight in row-major order, n being this number of groups (HQQ along axis 0).
    case every(Int)
    /// For each column, the group it belongs to, by the index in ``Model/tensors`` of an integer
    /// tensor with one entry a column (GPTQ's `g_idx`). Every row has its own values.
    case indexed(by: Int)
    /// Bands of columns that end before these, of columns as they are stored: ``BandedCodes/order``
    /// says where each is. Every row has its own values unless all have the same.
    case bands(ends: [Int], order: Int?, sameForAllRows: Bool)
  }
}

extension PackedDecoder.Storage {
  /// The tensor with the codes, by its index in ``Model/tensors``.
  var tensor: Int {
    switch self {
    case .codes(let codes, _): codes.tensor
    case .numbers(let tensor, _): tensor
    case .bitmask(let mask): mask.values
    case .marlin24(let marlin): marlin.codes
    case .tiled(let tiled): tiled.tensor
    case .banded(let banded): banded.tensor
    case .sparse(let sparse): sparse.values
    case .vectors(let vectors): vectors.codes
    case .indexed(let vectors): vectors.books.first?.indices ?? -1
    case .outlierTiles(let tiles): tiles.words
    }
  }

  /// Whether the bytes of a row are spread over the whole tensor, row by row of the stored one.
  var isTransposed: Bool {
    if case .codes(_, .transposed) = self { true } else { false }
  }
}
