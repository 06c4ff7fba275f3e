public import ModelFile
public import TensorStats

/// The trace of a download that reserved its space and then stopped: tensors at the end of a file
/// that hold zeros only.
public enum ZeroTail {
  /// A model trained from zero weights may end in a tensor of zeros; this many, or this share of the
  /// file, is no accident of initialisation.
  private static let fewestTensors = 3
  private static let smallestShare = 0.05

  /// The problems of the files that end in zeros.
  public static func problems(
    of model: Model, plan: Plan, measurements: Measurements
  ) -> [Problem] {
    model.parts.indices.compactMap { part in
      let tensors = model.tensors.indices
        .filter { model.tensors[$0].part == part && model.tensors[$0].byteCount > 0 }
        .sorted { model.tensors[$0].offset < model.tensors[$1].offset }
      let tail = tensors.reversed().prefix { index in
        guard let measured = measurements[index] else { return false }
        return measured.coverage == 1 && measured.count > 0 && measured.zeros == measured.count
          && plan.tensors[index].role != .adapter
      }
      // A file of zeros only, as tests have it, has no tail.
      guard let last = tail.last, tail.count < tensors.count else { return nil }
      let first = model.tensors[last]
      let bytes = tail.reduce(0) { $0 + model.tensors[$1].byteCount }
      let all = tensors.reduce(0) { $0 + model.tensors[$1].byteCount }
      guard tail.count >= fewestTensors, Double(bytes) >= smallestShare * Double(all) else {
        return nil
      }
      return Problem(
        .zeroFilledTail,
        "the last \(tail.count) tensors, \(bytes) bytes from byte \(first.offset) on, hold zeros only",
        file: model.parts[part].path, tensor: first.name, byteOffset: first.offset)
    }
  }
}
