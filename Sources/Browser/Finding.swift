import Report

/// A sentence of the verdict with the tensors that it speaks about.
struct Finding: Sendable, Equatable {
  var statement: String
  /// `nil` for a claim that is wrong.
  var confidence: Double?
  /// The words behind it.
  var terms: [String]
  /// `nil` where it is about no tensors in particular.
  var scope: Scope?

  /// Tensors by a filter, and the order in which they are best read.
  struct Scope: Sendable, Equatable {
    var filter: String
    var order: TensorList.Order
  }
}

extension Finding {
  /// The sentence with its confidence before it.
  var line: StyledLine {
    let mark = confidence.map { rightAligned(Numbers.confidence($0), 5) + "  " } ?? "⚠ "
    return StyledLine(mark, confidence == nil ? .warning : .good).adding(
      escapedForTerminal(statement), confidence == nil ? .warning : .plain)
  }

  /// A claim and what was measured instead.
  init(_ mismatch: Report.Mismatch) {
    statement = "\(mismatch.source) says \(mismatch.claim); measured: \(mismatch.measured)"
    terms = ["mismatches"]
  }
}

extension Browser {
  /// What the verdict rests on, in its order.
  var findings: [Finding] {
    let classification = report.classification
    var findings = classification.evidence.map { evidence in
      Finding(
        statement: evidence.statement, confidence: evidence.confidence,
        terms: terms(of: evidence.facet), scope: Self.scope(of: evidence.facet))
    }
    let distillation = classification.distillation
    if distillation.level != "none" {
      findings.append(
        Finding(
          statement: distillation.statement, confidence: distillation.confidence,
          terms: ["distilled", distillation.level]))
    }
    findings += classification.structure.findings.map { finding in
      Finding(
        statement: finding.statement, confidence: finding.confidence, terms: [finding.code],
        scope: finding.code == "all_zero_tensors"
          ? Finding.Scope(filter: "zeros>=100% params>0", order: .size) : nil)
    }
    return findings
  }

  /// The findings that a tensor is among the reasons of.
  func findings(about tensor: Int) -> [Finding] {
    findings.filter { finding in
      guard let scope = finding.scope else { return false }
      return !Filter(scope.filter).passing([tensor], in: table, marked: []).isEmpty
    }
  }

  /// The tensors that a kind of evidence is taken from.
  private static func scope(of facet: String) -> Finding.Scope? {
    switch facet {
    case "precision": Finding.Scope(filter: "params>0", order: .bits)
    // Codes with their scales: no type or scheme needs more for eight bits.
    case "quantization": Finding.Scope(filter: "params>0 bits<9", order: .bits)
    case "sparsity": Finding.Scope(filter: "role:weight", order: .sparsity)
    default: nil
    }
  }

  /// The words behind a kind of evidence, the thresholds that decide among them.
  func terms(of facet: String) -> [String] {
    let classification = report.classification
    switch facet {
    case "precision": return ["storage", "effective", "dominant_share"]
    case "quantization":
      return [classification.quantization?.scheme, "bits", "group_size", "quantized_share"]
        .compactMap { $0 }
    case "sparsity":
      let sparsity = classification.sparsity
      return [
        "zero_fraction", sparsity.level, sparsity.pattern, "pruned_zeros",
        "pruned_parameter_share",
      ].compactMap { $0 }
    case "distillation": return ["distilled", classification.distillation.level]
    case "file": return [report.fileRole]
    default: return ["evidence"]
    }
  }

  /// What the selected finding, or cell of the map, says, at length.
  var findingLines: [StyledLine] {
    if context == .pictures { return pictureLines }
    guard let finding = selectedFinding else { return [] }
    return [finding.line, .blank]
  }
}
