/// Which of several models to take, and why.
public struct Recommendation: Sendable, Equatable {
  /// The index of the model in the list that was chosen from.
  public var index: Int
  /// One sentence without the model's name, beginning with a verb.
  public var reason: String

  /// Chooses the best of the models that can be run.
  ///
  /// Where errors were measured those with one come first, by their error; where not, those of whose
  /// bits nothing speaks against, by the published loss where it is known of all of them, else by the
  /// bits of each weight up to 16. Of equals the smallest is taken; another model than the one that
  /// they were compared with never is.
  ///
  /// - Returns: `nil` where none can be run.
  public init?(_ fits: [Fit], _ request: FitRequest) {
    let able = fits.indices.filter { fits[$0].isUsable && fits[$0].subject.weightBytes > 0 }
    let usable = able.filter { fits[$0].kinship != .other || fits.count == 1 }
    let hasErrors = usable.contains { fits[$0].isMeasured }
    let preferred = usable.filter {
      hasErrors ? fits[$0].isMeasured : fits[$0].subject.doubts.isEmpty
    }
    let pool = preferred.isEmpty ? usable : preferred
    let scale = Scale(pool.map { fits[$0] }, hasErrors: hasErrors)
    let losses = pool.map { scale.loss(of: fits[$0]) }
    guard let least = losses.min() else { return nil }
    let equals = zip(pool, losses).filter { $1 <= least + least.magnitude * scale.tolerance }
    guard
      let best = equals.min(by: { fits[$0.0].subject.weightBytes < fits[$1.0].subject.weightBytes })
    else { return nil }
    index = best.0

    let fit = fits[index]
    let fitting = request.memory == nil ? "" : "fits the memory and "
    let plural = request.memory == nil ? "can be run" : "fit the memory and can be run"
    if fits.count == 1 {
      reason = fitting + "can be run"
      if fit.kinship == .other {
        reason += "; but it is another model than the one that it was compared with"
      }
    } else if usable.count == 1 {
      let kin =
        able.count == 1
        ? ""
        : fit.kinship == .same
          ? "is the model that they were compared with and "
          : "was not found to be another model and "
      reason = "is the only one of \(fits.count) that " + kin + fitting + "can be run"
    } else if pool.count == 1, !preferred.isEmpty {
      reason = "is the only one of the \(usable.count) that \(plural) "
      reason += hasErrors ? "whose error could be measured" : "with nothing against its bits"
    } else {
      let of = scale == .published ? "\(pool.count) of \(fits.count)" : "\(pool.count)"
      let smallest =
        equals.count > 1
        ? ", as others do, and is the smallest of them," : scale == .measured ? "," : ""
      reason = "\(scale.words(fit))\(smallest) of the \(of) that \(plural)"
      if scale == .bits, fits.count > able.count { reason += "; \(fits.count - able.count) cannot" }
    }
    if !fit.subject.doubts.isEmpty {
      reason += "; but " + fit.subject.doubts.joined(separator: ", ")
    }
    let sizes = Set(pool.compactMap { fits[$0].subject.hiddenSize })
    if scale != .measured, sizes.count > 1 {
      reason += "; they are different networks, so it need not be the better one"
    }
    let passed = able.filter { !pool.contains($0) }.map { Self.objection(to: fits[$0], hasErrors) }
    reason += Self.list(passed)
  }

  private static func objection(to fit: Fit, _ hasErrors: Bool) -> String {
    let words =
      switch fit.kinship {
      case .other: "it is another model"
      case .changed where hasErrors: "its network was changed"
      default:
        hasErrors ? "its error could not be measured" : fit.subject.doubts.joined(separator: ", ")
      }
    return "\(fit.subject.path) (\(words))"
  }

  private static func list(_ passed: [String]) -> String {
    guard !passed.isEmpty else { return "" }
    let most = 3
    let rest = passed.count > most ? " and \(passed.count - most) more" : ""
    return "; passed over: " + passed.prefix(most).joined(separator: ", ") + rest
  }

  /// By what models are put in order.
  private enum Scale {
    case measured, published, bits

    init(_ fits: [Fit], hasErrors: Bool) {
      self =
        hasErrors
        ? .measured : fits.allSatisfy { $0.quality != nil } ? .published : .bits
    }

    func loss(of fit: Fit) -> Double {
      switch self {
      case .measured: fit.measuredError ?? .infinity
      case .published: fit.quality?.perplexityRise ?? .infinity
      case .bits: -min(fit.subject.realBits ?? fit.subject.bitsPerWeight ?? 0, 16)
      }
    }

    /// The share by which losses may differ and still be equal: codes and the floats that they were
    /// decoded to have the same error but for a rounding.
    var tolerance: Double { self == .measured ? 0.01 : 0 }

    func words(_ fit: Fit) -> String {
      switch self {
      case .measured: "has the least measured error, \(decimal(fit.measuredError ?? 0)) σ"
      case .published: "has the least published loss"
      case .bits:
        "keeps the most \(fit.subject.doubts.isEmpty ? "" : "real ")bits for each weight (up to 16)"
      }
    }
  }
}

extension Fit {
  /// Whether its error tells what was lost.
  fileprivate var isMeasured: Bool { measuredError != nil && kinship != .changed }
}
