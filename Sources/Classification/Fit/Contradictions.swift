/// The layers whose projections contradict the heads of a configuration.
///
/// What is declared is believed: it is what runtimes follow. A number that stands there only because
/// none is declared gives way to the projections.
struct Contradictions {
  /// Where the heads are declared: `config.json`.
  let source: String
  /// Whether heads are declared at all.
  let isDeclared: Bool
  private var count = 0
  private var first: (layer: Int, rows: ProjectionRows.Pair, heads: KVCache.Content?)?

  init(source: String, isDeclared: Bool) {
    self.source = source
    self.isDeclared = isDeclared
  }

  /// What a layer keeps by what is declared, or usual, and by its projections.
  mutating func content(
    of layer: Int, usual: KVCache.Content?, rows: ProjectionRows
  ) -> KVCache.Content? {
    guard let pair = rows.pairs[layer], let measured = pair.content(declared: usual) else {
      return usual
    }
    count += 1
    if first == nil { first = (layer, pair, usual) }
    return isDeclared && usual != nil ? usual : measured
  }

  /// What was taken instead of a usual number, in words.
  var assumptions: [String] {
    isDeclared ? [] : statement.map { ["the heads that the projections have: \($0)"] } ?? []
  }

  /// What was declared and is doubtful, in words.
  var unknown: [String] {
    isDeclared ? statement.map { ["whether the declared heads are right: \($0)"] } ?? [] : []
  }

  private var statement: String? {
    guard let (layer, rows, heads) = first else { return nil }
    var claim = "their heads are not told by \(source)"
    if case .keysAndValues(let heads, let keyLength, let valueLength)? = heads {
      let lengths =
        keyLength == valueLength ? "\(keyLength)" : "\(keyLength) and \(valueLength)"
      claim =
        isDeclared
        ? "by \(source) they have heads \(heads) × \(lengths)"
        : "their heads are not told by \(source) (\(heads) × \(lengths) would be usual)"
    }
    return
      "in \(count) \(count == 1 ? "layer" : "layers"), beginning with \(layer), keys have "
      + "\(rows.keys) rows and values \(rows.values); \(claim)"
  }
}
