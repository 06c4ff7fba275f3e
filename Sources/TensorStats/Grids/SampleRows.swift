/// Runs of neighbouring values from rows of a tensor, for the grid tests.
public struct SampleRows: Sendable, Equatable {
  /// Each a run of neighbours in a row, from its first column on, a whole row where that is short.
  public var rows: [[Float]] = []
  /// Tiles of 128 × 128 neighbours, row by row, where the matrix is large enough.
  public var tiles: [[Float]] = []

  /// Of given values.
  public init(rows: [[Float]] = [], tiles: [[Float]] = []) {
    self.rows = rows
    self.tiles = tiles
  }
}
