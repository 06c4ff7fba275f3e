public import Report

extension Browser {
  /// News for the browser: what was measured, read or found while it was shown.
  public enum Update: Sendable {
    /// How far opening a model has come.
    case opening(Stage)
    /// It is open: shows it in the place of what was shown, and answers with ``Effect/measure``.
    case opened(Browser)
    /// There is no model to show: answers with what lists the folder that it is, or with
    /// ``Effect/quit``.
    case notOpened(folder: String?)
    /// The measurement of `report.tensors[tensor]` is complete, or known better than before.
    ///
    /// The picture may come with it or later, when ``Effect/loadPicture(tensor:)`` asks for it.
    case measured(tensor: Int, Report.TensorMeasurement, TensorPicture? = nil)
    /// The scan has come so far.
    case progress(Progress)
    /// The complete report: replaces what was known; the selection stays.
    case report(Report)
    /// A tensor's pictures, which were asked for.
    case picture(tensor: Int, TensorPicture)
    /// Decoded values from index `start` on.
    case values(tensor: Int, start: Int, [Double])
    /// Bytes of a tensor from byte `start` of its data on.
    case bytes(tensor: Int, start: Int, [UInt8])
    /// Elements of a metadata array from index `start` on.
    case array(key: String, start: Int, [MetadataObject.Value])
    /// Where a text was found in a metadata array; `nil` where it is in no element.
    case found(key: String, index: Int?)
    /// What the files beside the model claim.
    case claims([Claim])
    /// The models of a directory, or those of the command line.
    case models(directory: String, [ModelChoice])
    /// What one of the listed models is; `nil` where that cannot be told.
    case described(path: String, String?)
    /// What words of this program mean, in the order in which they were asked for.
    case explanations([Explanation])
    /// The path of an export exists already; the user decides.
    case exportExists(path: String, isReadOnly: Bool)
    /// What a path that is being typed could become.
    case completions(of: String, [String])
    /// Something to tell the user in one line.
    case message(String, isError: Bool = false)
  }

  /// How far a scan has come.
  public struct Progress: Sendable, Equatable {
    /// Bytes read.
    public var bytesRead: Int
    /// Bytes to read in all.
    public var bytesInAll: Int
    /// An estimate, when there is one.
    public var secondsLeft: Double?

    /// Describes the state of a scan.
    public init(bytesRead: Int, bytesInAll: Int, secondsLeft: Double? = nil) {
      self.bytesRead = bytesRead
      self.bytesInAll = bytesInAll
      self.secondsLeft = secondsLeft
    }

    /// Describes the state of a scan that has taken so long, as if it went on at that rate; at its
    /// very beginning there is no rate to speak of.
    public init(bytesRead: Int, bytesInAll: Int, secondsElapsed: Double) {
      let left = secondsElapsed * Double(bytesInAll - bytesRead) / Double(max(bytesRead, 1))
      let isTelling = secondsElapsed >= 2 || bytesRead >= bytesInAll / 10
      self.init(
        bytesRead: bytesRead, bytesInAll: bytesInAll,
        secondsLeft: bytesRead > 0 && isTelling ? left : nil)
    }
  }

  /// What the browser wants done; the results come back as ``Update``s.
  public enum Effect: Sendable, Equatable {
    /// Cancel the scan and leave.
    case quit
    /// Draw everything anew.
    case redraw
    /// Measure the model that was opened.
    case measure
    /// Write the report as JSON; an existing file only when `overwriting`.
    case export(path: String, overwriting: Bool)
    /// Look up what a path that is being typed could become.
    case complete(path: String)
    /// Measure a tensor's pictures.
    case loadPicture(tensor: Int)
    /// Decode `count` values from index `start` on.
    case loadValues(tensor: Int, start: Int, count: Int)
    /// Read `count` bytes from byte `start` of the tensor's data on.
    case loadBytes(tensor: Int, start: Int, count: Int)
    /// Read `count` elements of a metadata array from index `start` on.
    case loadArray(key: String, start: Int, count: Int)
    /// Look for the next element of a metadata array that holds a text, from an index on and around.
    case findElement(key: String, text: String, start: Int, backwards: Bool)
    /// List the models of a directory; `nil` is the one of this model.
    case listModels(directory: String?)
    /// Tell of a listed model what it is.
    case describe(path: String)
    /// Open another model and show it instead; of a folder that is none, list what is in it.
    case openModel(path: String)
    /// Look up what words mean.
    case explain([String])
  }
}

/// Pictures of one tensor, too large to be kept for all.
public struct TensorPicture: Sendable, Equatable {
  /// Equal bins between minimum and maximum.
  public var linearHistogram: Report.Histogram?
  /// Bins of powers of two of the magnitude.
  public var magnitudeHistogram: Report.Histogram?
  /// The share of zeros (0 none … 255 all) in each cell of a grid over the matrix, row by row.
  public var zeroShares: [UInt8]
  /// Lines of that grid.
  public var zeroRows: Int
  /// Columns of that grid.
  public var zeroColumns: Int
  /// Rows of the matrix that the grid covers.
  public var matrixRows: Int
  /// Columns of that matrix.
  public var matrixColumns: Int
  /// Rows of the matrix by their share of zeros, equal bins.
  public var rowDensity: [Int]

  /// Collects pictures; without a grid its shares are empty.
  public init(
    linearHistogram: Report.Histogram? = nil, magnitudeHistogram: Report.Histogram? = nil,
    zeroShares: [UInt8] = [], zeroRows: Int = 0, zeroColumns: Int = 0, matrixRows: Int = 0,
    matrixColumns: Int = 0, rowDensity: [Int] = []
  ) {
    self.linearHistogram = linearHistogram
    self.magnitudeHistogram = magnitudeHistogram
    self.zeroShares = zeroShares
    self.zeroRows = zeroRows
    self.zeroColumns = zeroColumns
    self.matrixRows = matrixRows
    self.matrixColumns = matrixColumns
    self.rowDensity = rowDensity
  }

  /// The share of zeros in one of several bands of neighbouring rows.
  func zeroShare(inBand band: Int, of count: Int) -> Double {
    guard zeroColumns > 0, zeroRows > 0, count > 0, zeroShares.count == zeroRows * zeroColumns
    else { return 0 }
    let first = min(band * zeroRows / count, zeroRows - 1)
    let end = min(max((band + 1) * zeroRows / count, first + 1), zeroRows)
    let cells = zeroShares[first * zeroColumns..<end * zeroColumns]
    return Double(cells.reduce(0) { $0 + Int($1) }) / (255 * Double(cells.count))
  }
}

/// What a file beside the model says of it.
public struct Claim: Sendable, Equatable {
  /// The file, such as `config.json`.
  public var source: String
  /// Its content.
  public var entries: MetadataObject

  /// Pairs a file with its content.
  public init(source: String, entries: MetadataObject) {
    self.source = source
    self.entries = entries
  }
}

/// A model, or a directory, that can be opened.
public struct ModelChoice: Sendable, Equatable {
  /// What to open.
  public var path: String
  /// What it is called in the list.
  public var name: String
  /// Bytes of its files; `nil` for a directory.
  public var bytes: Int?
  /// What is known of it, such as its label.
  public var note: String
  /// Whether it is a directory to look into.
  public var isDirectory: Bool

  /// Describes a choice.
  public init(path: String, name: String, bytes: Int?, note: String = "", isDirectory: Bool = false)
  {
    self.path = path
    self.name = name
    self.bytes = bytes
    self.note = note
    self.isDirectory = isDirectory
  }
}

/// What a number, a label or a code means.
public struct Explanation: Sendable, Equatable {
  /// The word.
  public var term: String
  /// What it means, what is normal, which threshold decides.
  public var text: String

  /// Pairs a word with its meaning.
  public init(term: String, text: String) {
    self.term = term
    self.text = text
  }

  /// The word and its paragraphs, with an empty line behind.
  var lines: [StyledLine] {
    [StyledLine(escapedForTerminal(term), .heading)]
      + text.split(separator: "\n").map { StyledLine(escapedForTerminal(String($0))) } + [.blank]
  }
}
