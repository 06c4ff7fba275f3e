extension KVCache {
  /// Measures the cache from the shapes of the projections that make keys and values.
  ///
  /// Whether a layer uses a window cannot be seen there.
  ///
  /// - Returns: `nil` where no layer has projections that tell.
  init?(rows: ProjectionRows) {
    let layers = Set(rows.pairs.keys).union(rows.latent.keys).sorted()
    guard !layers.isEmpty else { return nil }
    self.init(
      layers: layers.compactMap { layer in
        if let rows = rows.latent[layer] { return (.latent(rank: rows, ropeLength: 0), .context) }
        return rows.pairs[layer]?.content(declared: nil).map { ($0, .context) }
      },
      source: "tensor shapes",
      unknown: ["whether layers use a sliding window: all are counted with the whole context"]
    )
  }
}
