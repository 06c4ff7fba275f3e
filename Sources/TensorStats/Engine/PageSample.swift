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
  static let pageBytes = 4096
  /// Pages that are read of a tensor, or all: zeros cluster, so single values from many places tell
  /// more than many from few.
  private static let leastPages = 64
  /// The share of a tensor that is read where that is more.
  private static let share = 0.02
  /// Pages that a worker takes at a time.
  static let pagesInPiece = 64

  /// Plans the samples of all jobs.
  ///
  /// - Returns: for each job its sample; `nil` where the whole tensor is read.
  static func plan(_ jobs: [ScanJob], byteBudget: Int, seed: UInt64) -> [PageSample?] {
    let pages = jobs.map { job in
      // Packed weights are decoded by whole rows.
      let unit = job.packed == nil ? job.layout.elements : job.grid.columns
      let unitBytes = max(1, job.byteCount(ofElements: unit))
      let units = max(1, pageBytes / unitBytes)
      return (elements: units * unit, bytes: units * unitBytes)
    }
    let all = zip(jobs, pages).map { job, page in (job.byteCount + page.bytes - 1) / page.bytes }
    let wanted = all.map { min($0, max(leastPages, Int((Double($0) * share).rounded(.up)))) }
    let bytes = zip(wanted, pages).reduce(0.0) { $0 + Double($1.0 * $1.1.bytes) }
    // Where the budget is short, every tensor gives up the same share.
    let scale = min(1, Double(max(0, byteBudget)) / max(bytes, 1))
    return jobs.indices.map { index in
      let count = min(all[index], max(1, Int(Double(wanted[index]) * scale)))
      guard count < all[index] else { return nil }
      return PageSample(
        pageElements: pages[index].elements, pages: all[index], count: count,
        seed: seed ^ (UInt64(jobs[index].reading) &* 0x9E37_79B9_7F4A_7C15))
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
