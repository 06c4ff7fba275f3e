public import ModelFile

/// Why a tensor cannot be measured.
public struct Unmeasurable: Error {
  /// What is told of it.
  public var problem: Problem

  init(_ problem: Problem) {
    self.problem = problem
  }
}
