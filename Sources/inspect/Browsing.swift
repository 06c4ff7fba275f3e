import Browser
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
  private var mailbox: Mailbox<Browser.Update>
  private let terminal: Terminal
  private var inspection: Inspection
  private var cancellation = Scan.Cancellation()
  private let report = Latest()

  /// The newest report, which the scan's thread replaces.
  private final class Latest: Sendable {
    private let report = Mutex<Report?>(nil)
    var value: Report? {
      get { report.withLock { $0 } }
      set { report.withLock { $0 = newValue } }
    }
  }

  /// Shows a model until the user leaves; of several, the first behind a list to choose from.
  ///
  /// - Throws: why the terminal cannot be used, before anything is drawn.
  static func start(paths: [String], options: MeasureOptions, isColored: Bool) throws {
    guard let first = paths.first else { return }
    let inspection = Inspection(path: first, options: options)
    let browsing = Browsing(inspection, options: options, terminal: try Terminal(color: isColored))
    browsing.run(choices: paths.count > 1 ? Folder.choices(of: paths) : [], path: first)
  }

  private init(_ inspection: Inspection, options: MeasureOptions, terminal: Terminal) {
    self.inspection = inspection
    self.options = options
    self.terminal = terminal
    mailbox = Self.mailbox(of: terminal)
  }

  private static func mailbox(of terminal: Terminal) -> Mailbox<Browser.Update> {
    Mailbox(wake: terminal.wake) { if case .progress = $0 { true } else { false } }
  }

  private func run(choices: [ModelChoice], path: String) {
    let shown = open()
    // A folder that is no model, or holds several, is one to look into.
    if choices.isEmpty, inspection.model.parts.isEmpty, FileSystem.kind(of: path) == .directory {
      list(folder: path)
    } else if !choices.isEmpty {
      mailbox.post(
        .models(directory: Format.quantity(choices.count, "model"), choices), isUrgent: true)
      describe(choices)
    }
    var session = Session(terminal: terminal, shown: shown, mailbox: mailbox) {
      self.perform($0)
    }
    session.run()
    cancellation.cancel()
    terminal.close()
  }

  // MARK: - A model

  /// The browser of the current model, whose scan begins.
  private func open() -> Browser {
    let header = inspection.report(Inspection.Outcome())
    report.value = header
    let claims = inspection.model.sidecars.compactMap { sidecar -> Claim? in
      guard case .object(let entries) = MetadataObject.Value(sidecar.content) else { return nil }
      return Claim(source: sidecar.kind.rawValue, entries: entries)
    }
    mailbox.post(.claims(claims), isUrgent: true)
    startScan()
    return Browser(report: header, rows: terminal.size.rows, columns: terminal.size.columns)
  }

  private func startScan() {
    let inspection = self.inspection
    let cancellation = Scan.Cancellation()
    self.cancellation = cancellation
    let mailbox = self.mailbox
    let latest = report
    let start = ContinuousClock.now
    DispatchQueue.global().async {
      let outcome = Mutex(Inspection.Outcome())
      inspection.scan(cancellation: cancellation) { event in
        switch event {
        case .measured(let tensor, let measurement):
          outcome.withLock { $0.measurements[tensor] = measurement }
          mailbox.post(
            .measured(
              tensor: tensor, Report.TensorMeasurement(measurement), TensorPicture(measurement)))
        case .sampled(let tensor, let grids): outcome.withLock { $0.grids[tensor] = grids }
        case .failed(let problem): outcome.withLock { $0.problems.append(problem) }
        case .progress(let bytesRead, let bytesInAll):
          let seconds = (ContinuousClock.now - start) / .seconds(1)
          mailbox.post(
            .progress(
              .init(bytesRead: bytesRead, bytesInAll: bytesInAll, secondsElapsed: seconds)))
        case .finished(let bytesRead): outcome.withLock { $0.bytesRead = bytesRead }
        }
      }
      guard !cancellation.isCancelled else { return }
      let report = inspection.report(outcome.withLock { $0 })
      latest.value = report
      mailbox.post(.report(report), isUrgent: true)
    }
  }

  // MARK: - Effects

  private func perform(_ effect: Browser.Effect) -> Session<Browser>.Outcome {
    switch effect {
    case .quit: return .leave
    case .redraw: terminal.redrawAll()
    case .openModel(let path):
      cancellation.cancel()
      mailbox = Self.mailbox(of: terminal)
      inspection = Inspection(path: path, options: options)
      return .show(open(), mailbox)
    case .explain(let terms):
      mailbox.post(.explanations(Explanations.of(terms)), isUrgent: true)
    case .export(let path, let overwriting):
      guard let report = report.value else { break }
      inBackground {
        let outcome = Export.write(
          { try report.json(version: Inspect.version) }, to: path, overwriting: overwriting)
        guard report.measurement.coverage < 1, case .written(let text) = outcome else {
          return Browser.Update(outcome)
        }
        let share = Format.percent(report.measurement.coverage)
        return .message("\(text): \(share) of the bytes are measured in it")
      }
    case .listModels(let directory):
      list(folder: directory ?? Folder.of(inspection.model))
    case .loadArray(let key, let start, let count):
      let model = inspection.model
      inBackground { Pages.array(key, from: start, count: count, of: model) }
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

  private func list(folder: String) {
    let choices = Folder.choices(in: folder)
    mailbox.post(.models(directory: folder, choices), isUrgent: true)
    describe(choices)
  }

  /// Says of each model in a list what it is, one after the other.
  private func describe(_ choices: [ModelChoice]) {
    let mailbox = self.mailbox
    let options = self.options
    DispatchQueue.global(qos: .utility).async {
      for choice in choices where choice.name != ".." {
        guard let headline = Folder.headline(of: choice, options: options) else { continue }
        mailbox.post(.described(path: choice.path, headline), isUrgent: true)
      }
    }
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
