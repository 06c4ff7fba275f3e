/// What one file's header says, before the parts of a model are put together.
struct Header {
  /// The file.
  var part: Part
  /// Its tensors in the order of the header.
  var tensors: [Tensor] = []
  /// Its metadata in the order of the header.
  var metadata: [MetadataEntry] = []
  /// Whether it was read to its end, so that what is not in it is missing.
  var isComplete = true
  /// What is wrong with it; all of it, not only the first.
  var problems: [Problem] = []
}
