import ModelFile

/// Why a tensor cannot be measured.
struct Unmeasurable: Error {
  /// What is told of it.
  var problem: Problem

  init(_ problem: Problem) {
    self.problem = problem
  }
}
