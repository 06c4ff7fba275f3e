/// What one file's header says, before the parts of a model are put together.
struct Header {
  /// The file.
  var part: Part
  /// Its tensors in the order of the header.
  var tensors: [Tensor] = []
  /// Its metadata in the order of the header.
  var metadata: [MetadataEntry] = []
  /// What is wrong with it; all of it, not only the first.
  var problems: [Problem] = []
}
