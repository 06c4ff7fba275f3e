import FoundationEssentials

/// What the program was started in.
enum Environment {
  /// The environment's variables.
  static let variables = ProcessInfo.processInfo.environment

  /// Cores that threads can use.
  static let processorCount = ProcessInfo.processInfo.activeProcessorCount
}
