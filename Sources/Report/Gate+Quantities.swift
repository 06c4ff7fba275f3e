internal import Classification
internal import ModelFile

/// What a condition can compare.
extension Gate {
  /// The words that names can be compared with; names that are not here have words of the files' own.
  static let words: [String: Set<String>] = [
    "status": ["ok", "invalid", "unreadable"],
    "format": ["safetensors", "gguf"],
    "file_role": Set(FileRole.allCases.map(\.rawValue)),
    "label": labels, "labels": labels,
    "storage": Glossary.precisions, "effective": Glossary.precisions,
    "scheme": Set(Scheme.allCases.map(\.rawValue)),
    "level": Set(Verdict.Sparsity.Level.allCases.map(\.rawValue)),
    "pattern": Set(Verdict.Sparsity.Pattern.allCases.map(\.rawValue)),
    "distillation": Set(Verdict.Distillation.Level.allCases.map(\.rawValue)),
    "problem": Set(ProblemCode.allCases.map(\.rawValue)),
    "finding": Set(FindingCode.allCases.map(\.rawValue)),
  ]

  private static let labels = Set(Verdict.Label.allCases.map(\.rawValue))

  /// Words; a name with several of them, such as `labels`, equals each.
  static let texts: [String: @Sendable (Report) -> [String]] = [
    "status": { [$0.status.rawValue] },
    "format": { [$0.format].compactMap { $0 } },
    "file_role": { [$0.fileRole] },
    "label": { [$0.classification.label] },
    "labels": { $0.classification.labels },
    "architecture": { [$0.architecture?.name].compactMap { $0 } },
    "storage": { [$0.classification.precision.storage] },
    "effective": { [$0.classification.precision.effective].compactMap { $0 } },
    "scheme": { [$0.classification.quantization?.scheme].compactMap { $0 } },
    "variant": { [$0.classification.quantization?.variant].compactMap { $0 } },
    "level": { [$0.classification.sparsity.level].compactMap { $0 } },
    "pattern": { [$0.classification.sparsity.pattern].compactMap { $0 } },
    "distillation": { [$0.classification.distillation.level] },
    "type": { $0.storage.map(\.type) },
    "problem": { $0.problems.map(\.code) },
    "finding": { $0.classification.structure.findings.map(\.code) },
  ]

  static let numbers: [String: @Sendable (Report) -> Double?] = [
    "tensors": { Double($0.totals.tensors) },
    "parameters": { Double($0.totals.parameters) },
    "stored_bytes": { Double($0.totals.storedBytes) },
    "bits_per_weight": { $0.classification.quantization?.bitsPerWeight ?? $0.totals.bitsPerWeight },
    "bits": { $0.classification.quantization?.bits },
    "group_size": { $0.classification.quantization?.groupSize.map(Double.init) },
    "confidence": { $0.classification.confidence },
    "effective_bits": { $0.classification.precision.effectiveBits },
    "zero_fraction": { $0.classification.sparsity.zeroFraction },
    "zero_fraction_all": { $0.classification.sparsity.zeroFractionAll },
    "excess_zero_fraction": { $0.classification.sparsity.excessZeroFraction },
    "coverage": { $0.measurement.coverage },
    "nans": { sum($0) { $0.nans } },
    "infinities": { sum($0) { $0.infinities } },
    "mismatches": { Double($0.classification.mismatches.count) },
    "findings": { Double($0.classification.structure.findings.count) },
    "problems": { Double($0.problems.count) },
    "errors": { count($0, "error") },
    "warnings": { count($0, "warning") },
  ]

  /// A sum over the measured tensors; `nil` where none was measured.
  private static func sum(
    _ report: Report, _ part: (Report.TensorMeasurement) -> Int
  ) -> Double? {
    let parts = report.tensors.compactMap { $0.measurement.map(part) }
    return parts.isEmpty ? nil : Double(parts.reduce(0, +))
  }

  private static func count(_ report: Report, _ severity: String) -> Double {
    Double(report.problems.count { $0.severity == severity })
  }
}

extension Report {
  /// Whether enough was measured to answer a comparison: of headers and samples, some quantities
  /// are not known, and some have bounds only.
  func decides(
    _ name: String, _ value: String, _ relation: Gate.Relation, _ answer: Bool
  ) -> Bool {
    guard measurement.mode != MeasuredMode.exact.rawValue, measurement.coverage < 1 else {
      return true
    }
    let isHeader = measurement.mode == MeasuredMode.header.rawValue
    let sparsity = classification.sparsity
    switch name {
    case "label", "labels":
      // Zeros decide these two alone, and samples do not show where they lie.
      guard value == Verdict.Label.sparse.rawValue || value == Verdict.Label.pruned.rawValue,
        !classification.labels.contains(value)
      else { return true }
      return sparsity.level == Verdict.Sparsity.Level.none.rawValue
    case "level": return sparsity.level != nil
    case "pattern": return sparsity.pattern != nil
    case "effective": return classification.precision.effective != nil
    case "effective_bits": return classification.precision.effectiveBits != nil
    case "zero_fraction", "zero_fraction_all", "excess_zero_fraction": return !isHeader
    case "finding":
      let ofValues: [FindingCode] = [.untrainedAdapter, .repeatedLayers, .allZeroTensors]
      let isFound = classification.structure.findings.contains { $0.code == value }
      return isFound || !ofValues.contains { $0.rawValue == value }
    case "nans", "infinities":
      guard !isHeader else { return false }
      // What a sample has found is the least that there is.
      return switch relation {
      case .greater, .atLeast, .unequal: answer
      case .less, .atMost, .equal: !answer
      }
    default: return true
    }
  }
}
