public import Report

/// The interface to one model as a value: events and news change it, ``render()`` draws it.
///
/// It has no clock, no threads and does no I/O; what it wants done it returns as an ``Effect``.
public struct Browser: Sendable {
  /// What is known of the model.
  public private(set) var report: Report
  /// Whether `report` is final; before that its verdict is provisional.
  public private(set) var isComplete: Bool
  /// Whether a model is shown; else there are only models to choose from.
  let hasModel: Bool
  /// What is being opened; nothing else is meanwhile.
  var opening: Opening?
  /// The list that the model was chosen from.
  var origin: ModelsPane?
  /// Where a list of tensors was asked for; Escape leads back there.
  var drill: Drill?
  var rows: Int
  var columns: Int

  var table: TensorFacts
  var list: TensorList
  var progress: Progress?
  var claims: [Claim] = []
  var view = View.overview
  /// What lies over the view, the topmost last.
  var panes: [Pane] = []
  var prompt: Prompt?
  var notice: Notice?
  /// The click that opened what is shown, until anything else happens.
  var openingClick: Place?

  var overview = OverviewState()
  var histogram = HistogramState()
  var metadata = MetadataState()
  var detail = DetailState()
  /// What was searched for last.
  var query: Query?
  /// What a search for nothing looks for again.
  var lastQuery: Query?
  /// What was searched for in an array.
  var soughtText: String?

  private var pictures = PictureCache()
  /// The tensor whose picture was asked for and has not come.
  private var awaitedPicture: Int?
  /// The model that was asked about.
  private var awaitedDescription: String?
  /// The values, bytes or elements that were asked for and have not come.
  private var awaitedItems: Effect?
  /// Measurements since the list was last put in order.
  private var unsortedMeasurements = 0

  /// The views, in the order of their numbers.
  enum View: Int, CaseIterable, Sendable {
    case overview, tensors, histogram, metadata

    var title: String {
      switch self {
      case .overview: "Overview"
      case .tensors: "Tensors"
      case .histogram: "Histogram"
      case .metadata: "Metadata"
      }
    }
  }

  /// What can lie over a view.
  enum Pane: Sendable {
    case detail(tensor: Int)
    case paged(PagedPane)
    case pager(Pager)
    case models(ModelsPane)
  }

  /// One line for the user, until the next key.
  struct Notice: Sendable, Equatable {
    var text: String
    var isError: Bool
  }

  /// Shows a model in a window of a size.
  ///
  /// - Parameters:
  ///   - report: what is known already; its tensors need not be measured.
  ///   - isComplete: whether nothing more will come.
  ///   - hasModel: whether there is one; else the report is that of a folder, and models to choose
  ///     from come as ``Update/models(directory:_:)``.
  public init(
    report: Report, rows: Int, columns: Int, isComplete: Bool = false, hasModel: Bool = true
  ) {
    self.report = report
    self.hasModel = hasModel
    self.rows = rows
    self.columns = columns
    self.isComplete = isComplete
    table = TensorFacts(report: report)
    list = TensorList(table: table)
  }

  /// Waits for a model, of which the report says no more than the path, or for models to choose
  /// from: ``Update/opened(_:)``, ``Update/models(directory:_:)``.
  public init(opening report: Report, rows: Int, columns: Int) {
    self.init(report: report, rows: rows, columns: columns, hasModel: false)
    opening = Opening(path: report.path, stage: .header)
  }

  /// Shows, in the place of another, a model that was opened: in its window, with the list that it
  /// was chosen from.
  init(_ opened: Browser, inPlaceOf other: Browser) {
    self = opened
    (rows, columns) = (other.rows, other.columns)
    if case .models(let models) = other.panes.last { origin = models }
    openingClick = other.openingClick
    adaptToSize()
  }

  /// What is being opened, and how far that has come.
  struct Opening: Sendable, Equatable {
    var path: String
    var stage: Stage
  }

  /// What takes time before a model with many tensors can be shown.
  public enum Stage: Sendable, Equatable {
    case header
    case tensors(count: Int)
  }

  /// A view, and what it listed, before a list of tensors was asked for.
  struct Drill: Sendable {
    var view: View
    var list: TensorList
  }

  /// Whether something lies over the view, or over the models where there is no view.
  var canClose: Bool { panes.count > (hasModel ? 0 : 1) }

  /// Where keys go.
  var context: Context {
    switch panes.last {
    case .detail: .detail
    case .paged(let pane): pane.isArray ? .elements : .values
    case .pager: .pager
    case .models: .models
    case nil:
      switch view {
      case .overview: overview.focus == .text ? .overview : .pictures
      case .tensors: .tensors
      case .histogram: .histogram
      case .metadata: .metadata
      }
    }
  }

  /// Whether Escape leads to where one came from.
  var canGoBack: Bool { canClose || context == .pictures }

  /// Whether a prompt asks for text.
  public var takesText: Bool { prompt?.takesText ?? false }

  /// Reacts to a user's action.
  public mutating func update(_ event: Event) -> Effect? {
    let effect: Effect?
    switch event {
    case .key(let key):
      openingClick = nil
      effect = press(key)
    case .text(let text):
      enter(text)
      effect = nil
    case .press(let row, let column): effect = click(row: row, column: column)
    case .wheel(let rows, let row, let column):
      wheel(rows: rows, row: row, column: column)
      effect = nil
    case .resize(let rows, let columns):
      (self.rows, self.columns) = (rows, columns)
      adaptToSize()
      effect = nil
    case .wake: effect = nil
    case .hangUp: effect = .quit
    }
    return effect ?? wantedData()
  }

  /// Takes news.
  ///
  /// - Returns: at most one effect for all of them.
  public mutating func update(_ updates: [Update]) -> Effect? {
    var measured = false
    for update in updates {
      switch update {
      case .opening(let stage): opening?.stage = stage
      case .opened(let browser):
        self = Browser(browser, inPlaceOf: self)
        return .measure
      case .notOpened(let folder):
        opening = nil
        return folder.map { .listModels(directory: $0) } ?? .quit
      case .measured(let tensor, let measurement, let picture):
        guard report.tensors.indices.contains(tensor) else { continue }
        report.tensors[tensor].measurement = measurement
        table.note(measurement, of: tensor)
        histogram.note(report.tensors[tensor], at: tensor)
        if let picture { pictures.keep(picture, of: tensor) }
        unsortedMeasurements += 1
        measured = true
      case .progress(let progress): self.progress = progress
      case .report(let report): replace(report)
      case .picture(let tensor, let picture):
        pictures.keep(picture, of: tensor)
        if awaitedPicture == tensor { awaitedPicture = nil }
      case .values(let tensor, let start, let values):
        awaitedItems = nil
        if start == 0 {
          detail.firstValues = (tensor, Array(values.prefix(DetailState.firstCount)))
        }
        take(.values(values), from: start, of: .tensor(tensor))
      case .bytes(let tensor, let start, let bytes):
        awaitedItems = nil
        take(.bytes(bytes), from: start, of: .tensor(tensor))
      case .array(let key, let start, let elements):
        awaitedItems = nil
        take(.elements(elements), from: start, of: .array(key))
      case .found(let key, let index): showFound(index, inArray: key)
      case .claims(let claims): self.claims = claims
      case .models(let directory, let choices):
        opening = nil
        if case .models = panes.last { panes.removeLast() }
        show(ModelsPane(directory: directory, choices: choices))
      case .described(let path, let note):
        awaitedDescription = nil
        for index in panes.indices {
          guard case .models(var models) = panes[index] else { continue }
          models.describe(path: path, note: note)
          panes[index] = .models(models)
        }
        origin?.describe(path: path, note: note)
      case .explanations(let explanations): explain(explanations)
      case .exportExists(let path, let isReadOnly):
        prompt = Prompt(.overwrite(path: path, isReadOnly: isReadOnly))
      case .completions(let path, let paths):
        prompt?.complete(path, to: paths)
        if paths.isEmpty, prompt?.pathToComplete == path { tell("nothing there begins like this") }
      case .message(let text, let isError):
        notice = Notice(text: escapedForTerminal(text), isError: isError)
        if isError { giveUp() }
      }
    }
    if measured { takeInMeasurements() }
    return wantedData()
  }

  /// Puts the lists in order again, not more than about fifty times in a scan.
  private mutating func takeInMeasurements() {
    if list.dependsOnMeasurements {
      guard unsortedMeasurements > table.count / 50 else { return }
      list.refresh(table: table)
      list.scrollToSelection(height: listHeight)
    } else {
      list.recount(table: table)
    }
    unsortedMeasurements = 0
  }

  private mutating func replace(_ report: Report) {
    histogram.forgetMeasurements()
    var noted = histogram
    let table = TensorFacts(report: report) { noted.note($0, at: $1) }
    histogram = noted
    let hasSameTensors = table.textStarts == self.table.textStarts && table.text == self.table.text
    self.report = report
    self.table = table
    isComplete = true
    progress = nil
    if hasSameTensors {
      list.refresh(table: table)
    } else {
      list = TensorList(table: table)
      drill = nil
      panes.removeAll { if case .detail = $0 { true } else { false } }
      pictures = PictureCache()
    }
    unsortedMeasurements = 0
    adaptToSize()
  }

  /// Takes it that what was asked for cannot be read, so that it is not asked for again.
  private mutating func giveUp() {
    switch awaitedItems {
    case .loadValues(let tensor, let start, _):
      if start == 0 { detail.firstValues = (tensor, []) }
      take(.values([]), from: start, of: .tensor(tensor))
    case .loadBytes(let tensor, let start, _): take(.bytes([]), from: start, of: .tensor(tensor))
    case .loadArray(let key, let start, _): take(.elements([]), from: start, of: .array(key))
    default: break
    }
    awaitedItems = nil
  }

  /// What is shown, or would be, but has not been read: at most one of a kind is asked for at a
  /// time, and each is answered.
  private mutating func wantedData() -> Effect? {
    if awaitedItems == nil, let effect = wantedItems() {
      awaitedItems = effect
      return effect
    }
    if awaitedDescription == nil, case .models(var models) = panes.last,
      let path = models.nextToDescribe(height: ModelsPane.area(in: bodyArea).rows)
    {
      panes[panes.count - 1] = .models(models)
      awaitedDescription = path
      return .describe(path: path)
    }
    if awaitedPicture == nil, let tensor = shownTensor, table.isMeasured[tensor],
      pictures[tensor] == nil
    {
      awaitedPicture = tensor
      return .loadPicture(tensor: tensor)
    }
    return nil
  }

  /// The picture of a tensor, where it is known.
  func picture(of tensor: Int) -> TensorPicture? { pictures[tensor] }
}

/// The pictures of the tensors that were seen or measured last.
private struct PictureCache: Sendable {
  /// Bytes of all grids: those of a model of some hundred pruned tensors.
  private static let limit = 16 << 20
  /// About what histograms take besides.
  private static let histogramBytes = 4096

  private var pictures: [Int: TensorPicture] = [:]
  private var order: [Int] = []
  private var bytes = 0

  subscript(tensor: Int) -> TensorPicture? { pictures[tensor] }

  mutating func keep(_ picture: TensorPicture, of tensor: Int) {
    var picture = picture
    // A grid without zeros says as much in a single cell.
    if !picture.zeroShares.isEmpty, picture.zeroShares.allSatisfy({ $0 == 0 }) {
      (picture.zeroShares, picture.zeroRows, picture.zeroColumns) = ([0], 1, 1)
    }
    if let old = pictures.updateValue(picture, forKey: tensor) {
      bytes -= size(old)
    } else {
      order.append(tensor)
    }
    bytes += size(picture)
    var evicted = 0
    while bytes > Self.limit, evicted + 1 < order.count {
      if let old = pictures.removeValue(forKey: order[evicted]) { bytes -= size(old) }
      evicted += 1
    }
    order.removeFirst(evicted)
  }

  private func size(_ picture: TensorPicture) -> Int {
    picture.zeroShares.count + Self.histogramBytes
  }
}
