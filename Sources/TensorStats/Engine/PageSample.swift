import ModelFile

/// The pages of a tensor that a sampled measurement reads: one, at random, in each of equal strata.
struct PageSample: Equatable {
  /// Elements of a page; the last of a tensor may have fewer.
  let pageElements: Int
  /// Pages of the tensor.
  let pages: Int
  /// Pages that are read.
  let count: Int
  /// Decides the places.
  let seed: UInt64

  /// Bytes that a page does not exceed.
  private static let pageBytes = 4096
  /// Pages that are read of a tensor, or all: zeros cluster, so single values from many places tell
  /// more than many from few.
  private static let leastPages = 64
  /// The share of a tensor that is read where that is more.
  private static let share = 0.02
  /// Pages that a worker takes at a time.
  static let pagesInPiece = 64
  /// The weights of a page of packed weights, about.
  private static let packedPage = 8192
  /// The same where a row's codes are spread over the tensor: those of many rows are read at once.
  private static let spreadPage = 1 << 20

  /// Plans the samples of all jobs.
  ///
  /// - Parameter jobs: `nil` for what cannot be measured.
  /// - Returns: for each job its sample; `nil` where the whole tensor is read.
  static func plan(
    _ jobs: some Sequence<ScanJob?>, byteBudget: Int, seed: UInt64
  ) -> [PageSample?] {
    var bytes = 0.0
    let wishes = jobs.map { job -> PageSample? in
      guard let job else { return nil }
      let page = layout(of: job)
      let pages = (job.elementCount + page.elements - 1) / page.elements
      let wanted = min(pages, max(page.least, Int((Double(pages) * share).rounded(.up))))
      bytes += Double(wanted) / Double(max(1, pages)) * Double(job.byteCount)
      return PageSample(
        pageElements: page.elements, pages: pages, count: wanted,
        seed: seed ^ (UInt64(job.reading) &* 0x9E37_79B9_7F4A_7C15))
    }
    // Where the budget is short, every tensor gives up the same share.
    let scale = min(1, Double(max(0, byteBudget)) / max(bytes, 1))
    return wishes.map { wish in
      guard let wish else { return nil }
      let count = min(wish.pages, max(1, Int(Double(wish.count) * scale)))
      guard count < wish.pages else { return nil }
      return PageSample(
        pageElements: wish.pageElements, pages: wish.pages, count: count, seed: wish.seed)
    }
  }

  /// The values of a page, and the pages that should be read at least.
  private static func layout(of job: ScanJob) -> (elements: Int, least: Int) {
    switch job.source {
    case .plain(_, let layout):
      return (max(1, pageBytes / layout.bytes) * layout.elements, leastPages)
    case .packed(let decoder):
      let isSpread =
        switch decoder.storage {
        case .codes: decoder.storage.isTransposed
        case .marlin24, .tiled, .banded: true
        case .numbers, .bitmask, .sparse, .vectors, .indexed, .outlierTiles: false
        }
      let columns = max(1, job.grid.columns)
      let rows = max(1, (isSpread ? spreadPage : packedPage) / columns)
      return (rows * columns, isSpread ? 1 : leastPages)
    }
  }

  /// The page that is read in a stratum.
  func page(_ stratum: Int) -> Int {
    let start = stratum * pages / count
    var random = SplitMix64(seed: seed &+ UInt64(stratum))
    return start + random.below((stratum + 1) * pages / count - start)
  }

  /// The strata of a piece.
  func strata(_ piece: Int) -> Range<Int> {
    piece * Self.pagesInPiece..<min(count, (piece + 1) * Self.pagesInPiece)
  }
}
