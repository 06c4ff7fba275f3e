// What a comparison says in words, the same for text and for the terminal.

extension DiffReport.Numbers {
  /// The numbers as phrases: `65,536 weights`, `RMSE 0.0123 σ`.
  public var phrases: [String] {
    var parts = ["\(Format.count(weights)) weights"]
    if let share = identicalFraction { parts.append("\(Format.percent(share)) identical") }
    if let error = relativeRMSE { parts.append("RMSE \(Format.number(error)) σ") }
    if let cosine { parts.append("cosine \(Format.decimal(cosine, places: 5))") }
    if let noise = snrDecibels { parts.append("SNR \(Format.decimal(noise, places: 1)) dB") }
    if let mean = meanAbs, let most = maxAbs {
      parts.append("mean |Δ| \(Format.number(mean)), greatest \(Format.number(most))")
    }
    func count(_ number: Int, _ noun: String) {
      if number > 0 { parts.append(Format.quantity(number, noun)) }
    }
    count(signFlips, "sign flip")
    count(newZeros, "new zero")
    count(filledZeros, "filled zero")
    if notFinite > 0 { parts.append("\(Format.count(notFinite)) not finite") }
    return parts
  }

  /// The error in units of the reference's deviation; `–` where there is none.
  public var errorText: String { relativeRMSE.map { "\(Format.number($0)) σ" } ?? "–" }

  /// Signal to noise; `–` where nothing differs.
  public var noiseText: String {
    snrDecibels.map { "\(Format.decimal($0, places: 1)) dB" } ?? "–"
  }

  /// The share of equal pairs.
  public var equalText: String { identicalFraction.map(Format.percent) ?? "–" }
}

extension DiffReport.Histogram {
  /// What a bin holds, in words.
  public func label(_ bin: Int) -> String {
    guard edges.indices.contains(bin) else { return "" }
    if bin == 0 { return "none" }
    return bin + 1 < edges.count
      ? "\(Format.roundNumber(edges[bin]))–\(Format.roundNumber(edges[bin + 1])) σ"
      : "above \(Format.roundNumber(edges[bin])) σ"
  }

  /// The bin of a relative error.
  public func bin(of error: Double) -> Int {
    error == 0 ? 0 : edges.lastIndex { $0 <= error } ?? 0
  }
}

extension DiffReport {
  /// What differs besides numbers, as lists with titles; none of them is empty.
  public var structureLists: [(title: String, items: [String])] {
    // Conversions to another format write dimensions their own way.
    func isRewritten(_ tensor: Tensor) -> Bool {
      reference.format == other.format && tensor.shape != tensor.referenceShape
        && tensor.order == "same"
    }
    var lists = [
      ("gone", structure.removed), ("new", structure.added),
      (
        "reshaped",
        tensors.filter { $0.change == "reshaped" || $0.partial || isRewritten($0) }.map {
          "\($0.name)  \(Format.shape($0.referenceShape)) → \(Format.shape($0.shape))"
        }
      ),
    ]
    // Names of two formats differ everywhere.
    if reference.format == other.format {
      let renamed = tensors.filter { $0.name != $0.referenceName }
      lists.append(("renamed", renamed.map { "\($0.referenceName) → \($0.name)" }))
    }
    lists.append(
      (
        "metadata",
        structure.metadata.map { change in
          switch (change.reference, change.other) {
          case (nil, _): "\(change.key) is new"
          case (_, nil): "\(change.key) is gone"
          default: "\(change.key) changed"
          }
        }
      ))
    return lists.filter { !$0.1.isEmpty }.map { (title: $0.0, items: $0.1) }
  }
}
