/// The name of one file of a set: `model-00002-of-00006.safetensors`.
///
/// Written by huggingface_hub (`_torch.py`) and llama.cpp's gguf-split with 5 digits, counted from
/// 1; huggingface.js reads 6 digits and `_` as separator, too.
struct PartName: Equatable {
  var prefix: String
  var number: Int
  var count: Int
  /// `safetensors` or `gguf`.
  var suffix: String

  private var separator: String
  private var digits: Int

  /// Takes a file's name apart; `nil` where it has another form.
  init?(_ fileName: String) {
    guard let dot = fileName.lastIndex(of: ".") else { return nil }
    suffix = String(fileName[fileName.index(after: dot)...])
    guard suffix == "safetensors" || suffix == "gguf" else { return nil }
    let stem = fileName[..<dot]
    for separator in ["-", "_"] {
      guard let (rest, count) = Self.number(atEndOf: stem, after: "\(separator)of\(separator)"),
        let (prefix, number) = Self.number(atEndOf: rest, after: separator)
      else { continue }
      guard number.digits == count.digits, (1...count.value).contains(number.value) else {
        return nil
      }
      self.prefix = String(prefix)
      self.number = number.value
      self.count = count.value
      self.separator = separator
      digits = number.digits
      return
    }
    return nil
  }

  /// The name of another file of the set.
  func name(ofPart number: Int) -> String {
    "\(prefix)\(separator)\(padded(number))\(separator)of\(separator)\(padded(count)).\(suffix)"
  }

  /// Whether a name is of the same set.
  func isSameSet(as other: PartName) -> Bool {
    prefix == other.prefix && count == other.count && suffix == other.suffix
      && separator == other.separator && digits == other.digits
  }

  private func padded(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private static func number(
    atEndOf text: Substring, after separator: String
  ) -> (rest: Substring, number: (value: Int, digits: Int))? {
    let figures = text.reversed().prefix { $0.isASCII && $0.isNumber }
    guard (5...6).contains(figures.count), let value = Int(String(figures.reversed())) else {
      return nil
    }
    let rest = text.dropLast(figures.count)
    guard rest.hasSuffix(separator), value > 0 || separator.count == 1 else { return nil }
    return (rest.dropLast(separator.count), (value, figures.count))
  }
}
