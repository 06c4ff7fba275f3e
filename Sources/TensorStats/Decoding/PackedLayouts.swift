public import ModelFile

// The layouts that hold weights otherwise than as a matrix of codes, one for each such case of
// ``PackedDecoder/Storage``.

/// Rows of which only some weights are stored (compressed-tensors `sparse-bitmask`,
/// `sparse-24-bitmask`).
public struct BitmaskRows: Sendable {
  /// The tensor with the stored weights, row after row, by its index in ``Model/tensors``.
  public var values: Int
  /// The type they are read as, as wide as the tensor's own.
  public var type: ElementType
  /// The U8 tensor [rows, ⌈columns/8⌉]: bit j of byte k tells whether column 8·k + j is stored.
  public var mask: Int
  /// The integer tensor [rows] that says how many weights are stored before each row; `nil` where
  /// every row stores the same number of them (2:4).
  public var rowOffsets: Int?

  /// Describes compressed rows.
  public init(values: Int, type: ElementType, mask: Int, rowOffsets: Int? = nil) {
    self.values = values
    self.type = type
    self.mask = mask
    self.rowOffsets = rowOffsets
  }
}

/// 2:4 sparse integer weights in the order of the Marlin kernels (compressed-tensors `marlin-24`).
///
/// The stored codes are unsigned, their zero is 2ᵇ⁻¹ and belongs in ``PackedDecoder/zero``; weights
/// that are not stored are zero. Shapes are for a matrix of `out` rows and `in` columns. Scales are
/// described as `.transposed` tiles; the order that the kernels want them in is undone.
public struct Marlin24: Sendable {
  /// The I32 tensor [in/32, 16·out·b/32] with the codes, by its index in ``Model/tensors``.
  public var codes: Int
  /// The width of a code, 4 or 8.
  public var bits: Int
  /// The I16 tensor [in/32, 2·out] that says which two of four are stored.
  public var meta: Int

  /// Describes 2:4 compressed codes.
  public init(codes: Int, bits: Int, meta: Int) {
    self.codes = codes
    self.bits = bits
    self.meta = meta
  }
}

/// Weights in tiles, each the sum of one entry of every codebook (AQLM).
public struct VectorCodes: Sendable {
  /// The integer tensor [⌈rows/tileRows⌉, ⌈columns/tileColumns⌉, codebooks] with the entries'
  /// numbers, unsigned whatever the tensor's type says; by its index in ``Model/tensors``.
  public var codes: Int
  /// The float tensor [codebooks, entries, tileRows, tileColumns].
  public var codebooks: Int

  /// Describes vector codes.
  public init(codes: Int, codebooks: Int) {
    self.codes = codes
    self.codebooks = codebooks
  }
}

/// Weights of neighbouring rows in a column as entries of codebooks, added up (VPTQ).
public struct IndexedVectors: Sendable {
  /// The rows of a vector.
  public var length: Int
  /// Equal parts of the columns, each with its own indices and entries in every tensor.
  public var groups: Int
  /// The codebooks that a vector is the sum of.
  public var books: [Book]
  /// An integer tensor that says for each stored place the column that it stands for; `nil` where they
  /// lie in order.
  public var order: Int?

  /// Describes indexed vectors.
  public init(length: Int, groups: Int, books: [Book], order: Int? = nil) {
    self.length = length
    self.groups = groups
    self.books = books
    self.order = order
  }

  /// A codebook and the indices of its entries, from the lowest bit up without gaps.
  public struct Book: Sendable {
    /// The integer tensor [groups, rows of vectors, …] with the indices, by its index in
    /// ``Model/tensors``.
    public var indices: Int
    /// The bits from one index to the next.
    public var indexBits: Int
    /// Where in them an index begins.
    public var firstBit: Int
    /// The bits of an index.
    public var bits: Int
    /// Whether the indices of a row fill whole words of 32 bits.
    public var isPacked: Bool
    /// The float tensor [groups, entries · length].
    public var entries: Int

    /// Describes a codebook.
    public init(
      indices: Int, indexBits: Int, firstBit: Int, bits: Int, isPacked: Bool, entries: Int
    ) {
      self.indices = indices
      self.indexBits = indexBits
      self.firstBit = firstBit
      self.bits = bits
      self.isPacked = isPacked
      self.entries = entries
    }
  }
}

/// Tiles of 16 × 16 codes of 3 bits, each row a word with its scale and zero, which are codes
/// themselves; some weights have an outlier that is added (SpQR).
public struct OutlierTiles: Sendable {
  /// The I64 tensor with a word for each row of each tile, tiles along the rows first, by its index in
  /// ``Model/tensors``.
  public var words: Int
  /// The I32 tensor with the outliers: F16 in the upper half, the stored column in the lower.
  public var outliers: Int
  /// The I32 tensor that says how many outliers are stored before each row, or before each 16 rows,
  /// whose outliers then take turns.
  public var starts: Int
  /// A tensor of 16-bit numbers that says for each stored column the one that it stands for; `nil`
  /// where they lie in order.
  public var order: Int?

  /// Describes tiles with outliers.
  public init(words: Int, outliers: Int, starts: Int, order: Int? = nil) {
    self.words = words
    self.outliers = outliers
    self.starts = starts
    self.order = order
  }
}

/// Codes that are stored in tiles, one behind the other, from the lowest bit up.
public struct TiledCodes: Sendable {
  /// The tensor with the codes, by its index in ``Model/tensors``.
  public var tensor: Int
  /// The width of a code: 2, 4 or 8.
  public var bits: Int
  /// The rows of a tile.
  public var tileRows: Int
  /// The columns of a tile.
  public var tileColumns: Int
  /// For each stored code of a tile, where it belongs: row · ``tileColumns`` + column.
  public var order: [Int]
  /// Which tile follows.
  public var sequence: Sequence
  /// In runs of so many rows, the place where each one's shared values stand; empty for their own
  /// order.
  public var rowOrder: [Int]
  /// The columns that the tiles of a row cover, where they are padded beyond the matrix.
  public var storedColumns: Int?

  /// Describes tiled codes.
  public init(
    tensor: Int, bits: Int, tileRows: Int, tileColumns: Int, order: [Int], sequence: Sequence,
    rowOrder: [Int] = [], storedColumns: Int? = nil
  ) {
    self.tensor = tensor
    self.bits = bits
    self.tileRows = tileRows
    self.tileColumns = tileColumns
    self.order = order
    self.sequence = sequence
    self.rowOrder = rowOrder
    self.storedColumns = storedColumns
  }

  /// Which tile follows a tile.
  public enum Sequence: Sendable, Equatable {
    /// The one to the right, with the same rows.
    case across
    /// The one below, with the same columns.
    case down
  }
}

/// Codes packed down the columns of the stored, transposed matrix, 32-bit words without gaps, in bands
/// of different widths (EXL2).
///
/// Codes are unsigned; those of b bits are raised by 128 − 2ᵇ⁻¹, so that the middle of all is 128.
public struct BandedCodes: Sendable {
  /// The I32 tensor [words, rows], by its index in ``Model/tensors``.
  public var tensor: Int
  /// The bands, one behind the other.
  public var bands: [Band]
  /// An integer tensor that says for each column the place where it is stored; `nil` where they lie in
  /// order.
  public var order: Int?

  /// Describes banded codes.
  public init(tensor: Int, bands: [Band], order: Int? = nil) {
    self.tensor = tensor
    self.bands = bands
    self.order = order
  }

  /// Neighbouring columns with codes of one width.
  public struct Band: Sendable, Equatable {
    /// The width of a code, 1…8.
    public var bits: Int
    /// How many columns, a multiple of 32.
    public var count: Int

    /// Describes a band.
    public init(bits: Int, count: Int) {
      self.bits = bits
      self.count = count
    }
  }
}

/// Rows of which each stored weight has its column beside it (compressed sparse rows, coordinates).
public struct SparseRows: Sendable {
  /// The tensor with the stored weights, row after row, by its index in ``Model/tensors``.
  public var values: Int
  /// The integer tensor with the column of each stored weight; without ``rowStarts`` the row of each
  /// stands before the columns.
  public var places: Int
  /// The integer tensor [rows + 1] that says how many weights are stored before each row; `nil` for
  /// coordinates.
  public var rowStarts: Int?

  /// Describes sparse rows.
  public init(values: Int, places: Int, rowStarts: Int? = nil) {
    self.values = values
    self.places = places
    self.rowStarts = rowStarts
  }
}
