// wchar.h, which the libc modules do not have everywhere.
import CNcurses

/// Makes characters of the bytes of an input, in the locale's encoding, however they arrive.
///
/// ncurses's own reading of wide characters drops the beginning of one whose rest comes later, and
/// takes bytes that are none for the end of the input.
struct CharacterDecoder {
  private var state = mbstate_t()
  private var isInside = false

  /// The character that a byte completes; `nil` before its end, and for a byte that fits nowhere.
  mutating func take(_ byte: UInt8) -> Unicode.Scalar? {
    var unit = CChar(bitPattern: byte)
    // What breaks a character off may begin one of its own.
    for _ in 0..<2 {
      var character: wchar_t = 0
      switch Int(truncatingIfNeeded: mbrtowc(&character, &unit, 1, &state)) {
      case -2:
        isInside = true
        return nil
      case -1:
        state = mbstate_t()
        guard isInside else { return nil }
        isInside = false
      default:
        isInside = false
        return Unicode.Scalar(UInt32(bitPattern: character))
      }
    }
    return nil
  }
}
