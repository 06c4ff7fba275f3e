/// The stable identifiers of problems.
///
/// Each case has its severity and its paragraph here, so that the code, the report and
/// `inspect explain` cannot drift apart.
public enum ProblemCode: String, Hashable, Sendable, CaseIterable {
  // The file as such.
  case unreadable
  case empty
  case notAModel = "not-a-model"
  case incompleteDownload = "incomplete-download"
  case changedWhileReading = "changed-while-reading"
  case readFailed = "read-failed"
  case zeroFilledTail = "zero-filled-tail"
  case undecodable

  // The header of safetensors.
  case headerTooSmall = "header-too-small"
  case headerTooLarge = "header-too-large"
  case headerPastEnd = "header-past-end"
  case headerNotUTF8 = "header-not-utf8"
  case headerNotJSON = "header-not-json"
  case headerWhitespace = "header-whitespace"
  case headerUnpadded = "header-unpadded"
  case invalidEntry = "invalid-entry"
  case invalidMetadata = "invalid-metadata"
  case duplicateField = "duplicate-field"
  case unknownField = "unknown-field"
  case unusualEntry = "unusual-entry"

  // The header of GGUF.
  case unsupportedVersion = "unsupported-version"
  case countTooLarge = "count-too-large"
  case truncatedHeader = "truncated-header"
  case emptyKey = "empty-key"
  case duplicateKey = "duplicate-key"
  case invalidValueType = "invalid-value-type"
  case stringTooLong = "string-too-long"
  case arrayTooLong = "array-too-long"
  case arrayTooDeep = "array-too-deep"
  case invalidAlignment = "invalid-alignment"
  case nameTooLong = "name-too-long"
  case tooManyDimensions = "too-many-dimensions"
  case negativeDimension = "negative-dimension"
  case invalidBool = "invalid-bool"
  case nestedArray = "nested-array"

  // Names and text.
  case duplicateTensor = "duplicate-tensor"
  case controlCharacter = "control-character"
  case invalidUTF8 = "invalid-utf8"

  // Types, shapes and places.
  case unknownType = "unknown-type"
  case removedType = "removed-type"
  case forkType = "fork-type"
  case shapeOverflow = "shape-overflow"
  case partialBlock = "partial-block"
  case partialByte = "partial-byte"
  case sizeMismatch = "size-mismatch"
  case invalidOffset = "invalid-offset"
  case unalignedTensor = "unaligned-tensor"
  case overlap
  case hole
  case dataPastEnd = "data-past-end"
  case missingPadding = "missing-padding"
  case trailingBytes = "trailing-bytes"

  // Models of many files.
  case invalidIndex = "invalid-index"
  case unsafePartName = "unsafe-part-name"
  case missingPart = "missing-part"
  case misplacedTensor = "misplaced-tensor"
  case unindexedTensor = "unindexed-tensor"
  case wrongTotalSize = "wrong-total-size"
  case wrongSplit = "wrong-split"
  case severalModels = "several-models"
  case lonePart = "lone-part"
  case missingLayer = "missing-layer"
  case vocabularyMismatch = "vocabulary-mismatch"
  case invalidSidecar = "invalid-sidecar"
}

extension ProblemCode {
  /// How bad it is, unless the place where it is found knows better.
  public var severity: Problem.Severity { row.severity }

  /// What it means and what to do, for `inspect explain`.
  public var explanation: String { row.explanation }

  private var row: (severity: Problem.Severity, explanation: String) {
    switch self {
    case .unreadable:
      (
        .error,
        "The path cannot be opened or read: it is missing, its permissions forbid it, it is a "
          + "device, a pipe or a broken link, or a hub or Ollama name leads to no stored model."
      )
    case .empty:
      (.error, "The file has no bytes; a download probably failed before it began.")
    case .notAModel:
      (
        .error,
        "The content is neither safetensors nor GGUF. The message names what it is where that can "
          + "be seen: a web page saved in the place of a model, a Git LFS pointer whose content was "
          + "never fetched, a ZIP archive (PyTorch), an older GGML file."
      )
    case .incompleteDownload:
      (.error, "The file's name or content shows a download that has not finished.")
    case .changedWhileReading:
      (
        .error,
        "The file shrank, grew or was replaced after its header was read, so its tensors cannot be "
          + "trusted to be those that the header describes."
      )
    case .readFailed:
      (.error, "The system could not read a part of the file; the medium may be failing.")
    case .zeroFilledTail:
      (
        .warning,
        "The last tensors of the file consist of zero bytes only. Download tools reserve the whole "
          + "size first: such a tail is what an interrupted download leaves."
      )
    case .undecodable:
      (
        .note,
        "The values were not measured: the type is one whose values are not decoded here, or packed "
          + "weights and the small tensors beside them (scales, zero points, orders) do not fit "
          + "together as their scheme has it."
      )
    case .headerTooSmall:
      (
        .error,
        "A safetensors file starts with 8 bytes that hold the header's length; it is shorter."
      )
    case .headerTooLarge:
      (.error, "The reference reader refuses safetensors headers of more than 100,000,000 bytes.")
    case .headerPastEnd:
      (.error, "The header's length leads past the end of the file: it is cut off, or no model.")
    case .headerNotUTF8:
      (.error, "The header of safetensors is JSON and must be valid UTF-8.")
    case .headerNotJSON:
      (.error, "The header of safetensors must be one JSON object, followed by white space only.")
    case .headerWhitespace:
      (
        .warning,
        "White space stands before the header's opening brace. The format's text forbids it, the "
          + "reference reader takes it, others may not."
      )
    case .headerUnpadded:
      (
        .note,
        "The header's length is no multiple of 8, so no tensor is aligned in memory. The "
          + "reference library pads the header with spaces, MLX does not; readers cope, some with a "
          + "copy."
      )
    case .invalidEntry:
      (
        .error,
        "A tensor's entry must be an object with a dtype, a shape of whole numbers and two data "
          + "offsets; a field is missing or of another kind."
      )
    case .invalidMetadata:
      (.error, "`__metadata__` must be a flat object whose values are all strings.")
    case .duplicateField:
      (.error, "A field stands twice in one entry, so readers disagree on its value.")
    case .unknownField:
      (.warning, "An entry has a field that the format does not know; readers ignore it.")
    case .unusualEntry:
      (
        .warning,
        "An entry is written in a form that the reference reader takes by accident, such as an "
          + "array in the place of an object; other readers refuse it."
      )
    case .unsupportedVersion:
      (.error, "The GGUF version is none of 1, 2 and 3.")
    case .countTooLarge:
      (.error, "The header counts more items than the file has bytes for.")
    case .truncatedHeader:
      (.error, "The file ends inside its header.")
    case .emptyKey:
      (.error, "A metadata key is empty; readers refuse the file.")
    case .duplicateKey:
      (
        .error,
        "A metadata key stands twice. ggml refuses such a GGUF; in safetensors the last one wins "
          + "and it is only a warning."
      )
    case .invalidValueType:
      (.error, "A metadata value has a type number that no GGUF version defines.")
    case .stringTooLong:
      (.error, "A string's length leads past the end of the file or exceeds ggml's limit of 1 GiB.")
    case .arrayTooLong:
      (.error, "An array counts more elements than the file has bytes for.")
    case .arrayTooDeep:
      (.error, "Arrays are nested deeper than 4; no writer does that.")
    case .invalidAlignment:
      (.error, "`general.alignment` must be a u32 and a power of two.")
    case .nameTooLong:
      (.error, "ggml holds tensor names in 64 bytes, so a name has at most 63.")
    case .tooManyDimensions:
      (.error, "ggml's tensors have at most 4 dimensions.")
    case .negativeDimension:
      (.error, "A dimension is negative when read as ggml reads it, a signed 64-bit number.")
    case .invalidBool:
      (.note, "A truth value is stored as a byte other than 0 and 1; readers take it as true.")
    case .nestedArray:
      (.warning, "An array of arrays: the specification allows it, ggml refuses such a file.")
    case .duplicateTensor:
      (
        .error,
        "Two tensors have the same name. In safetensors the last one wins silently, so it is a "
          + "warning there; in GGUF, or between the shards of a model, it is an error."
      )
    case .controlCharacter:
      (
        .warning,
        "A name holds a control character or a sign that changes the direction of text. It could "
          + "make a terminal show something else than what the file holds; here it is escaped."
      )
    case .invalidUTF8:
      (.warning, "Text is no valid UTF-8; the broken bytes are shown as U+FFFD.")
    case .unknownType:
      (
        .error,
        "The tensor's type is not known here, perhaps because it is newer than this program. Its "
          + "size is inferred from where the next tensor starts; its values are not measured."
      )
    case .removedType:
      (
        .warning,
        "The tensor has a type that ggml has since removed; current programs refuse the file."
      )
    case .forkType:
      (
        .warning,
        "The tensor has a type of a fork of llama.cpp (the offsets in the file agree with that "
          + "fork's sizes); the mainline refuses the file."
      )
    case .shapeOverflow:
      (.error, "The product of the dimensions, or the size in bytes, does not fit 64 bits.")
    case .partialBlock:
      (.error, "A row of the tensor is no whole number of its type's blocks.")
    case .partialByte:
      (.error, "The elements of a type narrower than a byte do not fill whole bytes.")
    case .sizeMismatch:
      (.error, "The size in the header is not the one that type and shape give.")
    case .invalidOffset:
      (
        .error,
        "A tensor's place in the file is impossible: it ends before it begins, or overflows."
      )
    case .unalignedTensor:
      (
        .warning,
        "A tensor does not start at a multiple of its element's size; readers that map the file "
          + "need a copy of it."
      )
    case .overlap:
      (.error, "Two tensors share bytes; a reader would hand out the same memory twice.")
    case .hole:
      (
        .error,
        "Bytes between two tensors belong to none. Readers refuse the file, as something could be "
          + "hidden there."
      )
    case .dataPastEnd:
      (.error, "A tensor's bytes lead past the end of the file: it is cut off.")
    case .missingPadding:
      (
        .note,
        "The padding after the last tensor is missing. llama.cpp does not need it; a full load by "
          + "ggml does."
      )
    case .trailingBytes:
      (
        .error,
        "Bytes follow the last tensor. Readers of safetensors refuse that; in GGUF it is a warning, "
          + "since another file could be hidden there."
      )
    case .invalidIndex:
      (.error, "The index of a sharded model is no JSON object with a `weight_map` of strings.")
    case .unsafePartName:
      (.error, "The index names a file outside its own folder; it is not opened.")
    case .missingPart:
      (.error, "A file that belongs to the model is not there; the rest is reported.")
    case .misplacedTensor:
      (.error, "The index says that a tensor lies in a file where it is not.")
    case .unindexedTensor:
      (.warning, "A shard holds a tensor that the index does not list.")
    case .wrongTotalSize:
      (.warning, "The index's total size is not the sum of the tensors' sizes.")
    case .wrongSplit:
      (.error, "The numbers in the parts of a GGUF split contradict each other or the file names.")
    case .severalModels:
      (.error, "The folder holds several models; name one of them.")
    case .lonePart:
      (.note, "The file is one part of a model whose other parts were not found beside it.")
    case .missingLayer:
      (
        .warning,
        "The configuration or the numbering of layers promises layers whose tensors are not there."
      )
    case .vocabularyMismatch:
      (.warning, "The declared size of the vocabulary is not the number of embedding rows.")
    case .invalidSidecar:
      (.warning, "A configuration file beside the model is no valid JSON; its claims are unknown.")
    }
  }
}
