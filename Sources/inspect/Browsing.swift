import Browser
import Classification
import Curses
import Dispatch
import ModelFile
import Report
import Synchronization
import TensorStats

/// A model in the terminal: the scan on threads of its own, the browser on the main one.
final class Browsing {
  private let options: MeasureOptions
  /// Of the model that is shown; each has its own, so that no late result reaches another.
  private let mailboxes: Latest<Mailbox<Browser.Update>>
  private let terminal: Terminal
  private var inspection: Inspection
  /// The model that will be shown next.
  private var opening: Opening?
  private var cancellation = Scan.Cancellation()
  private let report = Latest<Report?>(nil)
  /// What was measured of the model so far.
  private var outcome = Latest(Inspection.Outcome())
  /// Whether that is all; then the report says it.
  private var isMeasured = Latest(false)
  /// Whether every model that was shown is sound.
  private var isSound = true

  /// Something that is replaced while other threads use it.
  private final class Latest<Value: Sendable>: Sendable {
    private let latest: Mutex<Value>

    init(_ value: Value) { latest = Mutex(value) }

    var value: Value {
      get { latest.withLock { $0 } }
      set { latest.withLock { $0 = newValue } }
    }

    func change(_ body: (inout Value) -> Void) { latest.withLock { body(&$0) } }
  }

  private var mailbox: Mailbox<Browser.Update> { mailboxes.value }

  /// Shows a model until the user leaves; of several, and of a folder of models, a list to choose
  /// from.
  ///
  /// - Returns: whether every model that was looked at is sound.
  /// - Throws: why the terminal cannot be used, before anything is drawn.
  static func start(paths: [String], options: MeasureOptions, isColored: Bool) throws -> Bool {
    guard let first = paths.first else { return true }
    let nothing = Inspection(unopened: paths.count == 1 ? first : "", options: options)
    guard paths.count == 1 else {
      return try Browsing(nothing, options: options, terminal: Terminal(color: isColored)).run(
        list: paths)
    }
    // What is open at once is shown at once, and what cannot be is told without a terminal.
    let opening = Opening(path: first, options: options, mustBeReadable: true)
    let opened = opening.opened(within: unnoticed)
    if let opened, !opened.inspection.isOtherFolder, !opened.isReadable {
      return complain(of: opened)
    }
    let browsing = Browsing(nothing, options: options, terminal: try Terminal(color: isColored))
    browsing.opening = opening
    let isSound = browsing.run(list: [])
    if let opened = opening.opened, !opened.inspection.isOtherFolder, !opened.isReadable {
      return complain(of: opened)
    }
    return isSound
  }

  /// How long nothing may be seen.
  private static let unnoticed = DispatchTimeInterval.milliseconds(80)

  private static func complain(of opened: Opening.Opened) -> Bool {
    let path = opened.inspection.model.path
    for problem in opened.header.problems { Output.complain(problem.line(path: path)) }
    return false
  }

  private init(_ inspection: Inspection, options: MeasureOptions, terminal: Terminal) {
    self.inspection = inspection
    self.options = options
    self.terminal = terminal
    mailboxes = Latest(Self.mailbox(of: terminal))
  }

  private static func mailbox(of terminal: Terminal) -> Mailbox<Browser.Update> {
    Mailbox(wake: terminal.wake) { if case .progress = $0 { true } else { false } }
  }

  /// Shows what is being opened, or a list of paths.
  private func run(list paths: [String]) -> Bool {
    let (rows, columns) = terminal.size
    let unknown = inspection.report(Inspection.Outcome())
    var shown = Browser(opening: unknown, rows: rows, columns: columns)
    var updates: [Browser.Update] = paths.isEmpty ? [] : [models(at: paths)]
    if let opened = opening?.opened, !opened.inspection.isOtherFolder,
      let browser = opened.browser
    {
      updates.append(.opened(browser))
    } else {
      let mailbox = self.mailbox
      opening?.report { mailbox.post($0, isUrgent: true) }
    }
    if let effect = shown.update(updates) { _ = perform(effect) }
    var session = Session(terminal: terminal, shown: shown, mailbox: mailbox) {
      self.perform($0)
    }
    session.run()
    leaveModel()
    terminal.close()
    return isSound
  }

  // MARK: - A model

  /// Goes from what was shown to the model that was opened.
  private func measureWhatWasOpened() {
    guard let opened = opening?.opened else { return }
    opening?.forgetBrowser()
    opening = nil
    leaveModel()
    mailboxes.value = Self.mailbox(of: terminal)
    inspection = opened.inspection
    open(opened.header)
  }

  private func leaveModel() {
    cancellation.cancel()
    if let report = report.value, report.status != .ok { isSound = false }
  }

  /// Begins to measure the current model, of which the header has told something already.
  private func open(_ header: Report) {
    report.value = header
    let claims = inspection.model.sidecars.compactMap { sidecar -> Claim? in
      guard case .object(let entries) = MetadataObject.Value(sidecar.content) else { return nil }
      return Claim(source: sidecar.kind.rawValue, entries: entries)
    }
    mailbox.post(.claims(claims), isUrgent: true)
    startScan()
  }

  private func startScan() {
    let inspection = self.inspection
    let cancellation = Scan.Cancellation()
    self.cancellation = cancellation
    let mailbox = self.mailbox
    let latest = report
    let outcome = Latest(Inspection.Outcome())
    self.outcome = outcome
    isMeasured = Latest(false)
    let isMeasured = self.isMeasured
    let start = ContinuousClock.now
    DispatchQueue.global().async {
      inspection.scan(cancellation: cancellation) { event in
        switch event {
        case .measured(let tensor, let measurement):
          outcome.change { $0.measurements[tensor] = measurement }
          mailbox.post(
            .measured(
              tensor: tensor, Report.TensorMeasurement(measurement), TensorPicture(measurement)))
        case .sampled(let tensor, let grids): outcome.change { $0.grids[tensor] = grids }
        case .failed(let problem): outcome.change { $0.problems.append(problem) }
        case .progress(let bytesRead, let bytesInAll):
          let seconds = (ContinuousClock.now - start) / .seconds(1)
          mailbox.post(
            .progress(
              .init(bytesRead: bytesRead, bytesInAll: bytesInAll, secondsElapsed: seconds)))
        case .finished(let bytesRead): outcome.change { $0.bytesRead = bytesRead }
        }
      }
      guard !cancellation.isCancelled else { return }
      let report = inspection.report(outcome.value)
      latest.value = report
      isMeasured.value = true
      mailbox.post(.report(report), isUrgent: true)
    }
  }

  // MARK: - Effects

  private func perform(_ effect: Browser.Effect) -> Session<Browser>.Outcome {
    switch effect {
    case .quit: return .leave
    case .redraw: terminal.redrawAll()
    case .openModel(let path):
      let opening = Opening(path: path, options: options, mustBeReadable: false)
      self.opening = opening
      let mailbox = self.mailbox
      opening.report { mailbox.post($0, isUrgent: true) }
    case .measure:
      measureWhatWasOpened()
      return .show({ $0 }, mailbox)
    case .explain(let terms):
      mailbox.post(.explanations(Explanations.of(terms, about: .model)), isUrgent: true)
    case .export(let path, let overwriting):
      guard let latest = report.value else { break }
      let inspection = self.inspection
      // Before the end of the scan: what is known by now.
      let (isMeasured, soFar) = (isMeasured.value, outcome.value)
      inBackground {
        let report = isMeasured ? latest : inspection.report(soFar)
        let outcome = Export.write(
          { try report.json(version: Inspect.version) }, to: path, overwriting: overwriting,
          sources: Export.sources(of: inspection.model))
        guard report.measurement.coverage < 1, case .written(let text) = outcome else {
          return Browser.Update(outcome)
        }
        let share = Format.percent(report.measurement.coverage)
        let measured = report.tensors.count { $0.measurement != nil }
        return .message(
          "\(text): \(Format.count(measured)) of \(Format.quantity(report.tensors.count, "tensor"))"
            + " measured in it, \(share) of the bytes")
      }
    case .describe(let path):
      // Whichever model is shown by then, its list wants to know.
      let (mailboxes, options) = (self.mailboxes, self.options)
      DispatchQueue.global(qos: .utility).async {
        let headline = Folder.headline(of: path, options: options)
        mailboxes.value.post(.described(path: path, headline), isUrgent: true)
      }
    case .complete(let path):
      inBackground { .completions(of: path, Export.completions(of: path)) }
    case .listModels(let directory):
      mailbox.post(models(in: directory ?? Folder.of(inspection.model)), isUrgent: true)
    case .loadArray(let key, let start, let count):
      let model = inspection.model
      inBackground { Pages.array(key, from: start, count: count, of: model) }
    case .findElement(let key, let text, let start, let backwards):
      let model = inspection.model
      inBackground {
        Pages.element(of: key, holding: text, from: start, backwards: backwards, in: model)
      }
    case .loadValues(let tensor, let start, let count):
      let inspection = self.inspection
      inBackground { Pages.values(of: tensor, from: start, count: count, in: inspection) }
    case .loadBytes(let tensor, let start, let count):
      let model = inspection.model
      inBackground { Pages.bytes(of: tensor, from: start, count: count, in: model) }
    case .loadPicture(let tensor):
      let inspection = self.inspection
      inBackground { Pages.picture(of: tensor, in: inspection) }
    }
    return .goOn
  }

  /// The models of a folder.
  private func models(in folder: String) -> Browser.Update {
    .models(directory: folder, Folder.choices(in: folder))
  }

  /// Models that were named.
  private func models(at paths: [String]) -> Browser.Update {
    let choices = Folder.choices(of: paths)
    return .models(directory: Format.quantity(choices.count, "model"), choices)
  }

  private func inBackground(_ work: @escaping @Sendable () -> Browser.Update) {
    let mailbox = self.mailbox
    DispatchQueue.global().async { mailbox.post(work(), isUrgent: true) }
  }
}

extension TensorPicture {
  /// The pictures in a measurement.
  init(_ measured: Measurement) {
    let structure = measured.structure
    self.init(
      linearHistogram: measured.linearHistogram.map { Report.Histogram(kind: "linear", $0) },
      magnitudeHistogram: measured.magnitudeHistogram.map {
        Report.Histogram(kind: "log2_magnitude", $0)
      },
      zeroShares: structure?.map.densities ?? [], zeroRows: structure?.map.rows ?? 0,
      zeroColumns: structure?.map.columns ?? 0, matrixRows: structure?.rows ?? 0,
      matrixColumns: structure?.columns ?? 0, rowDensity: structure?.rowDensity ?? [])
  }
}
