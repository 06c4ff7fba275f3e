import Browser
import CNcurses

/// How each style looks with as many colours as the terminal has.
struct Palette {
  private var looks: [Style: Look] = [:]

  /// Attributes and a colour pair, as `attr_set` takes them.
  struct Look {
    var attributes: attr_t
    var pair: Int16
  }

  /// Defines a colour pair for each style.
  ///
  /// - Parameter colors: colours of the terminal, 0 for none; only with colours has `start_color`
  ///   been called, without which `init_pair` crashes.
  init(colors: Int) {
    for (index, style) in Style.allCases.enumerated() {
      let attributes = colors > 0 ? style.attributes(of: colors) : style.attributesWithoutColor
      var look = Look(attributes: attributes, pair: 0)
      let (foreground, background) = style.colors(of: colors)
      if colors > 0, foreground >= 0 || background >= 0 {
        look.pair = Int16(index + 1)
        init_pair(look.pair, foreground, background)
      }
      looks[style] = look
    }
  }

  subscript(style: Style) -> Look { looks[style] ?? Look(attributes: CN_NORMAL, pair: 0) }
}

extension Style {
  fileprivate func attributes(of count: Int) -> attr_t {
    switch self {
    // Eight colours have no grey.
    case .dim, .heat0: count < 16 ? CN_DIM : CN_NORMAL
    case .plain, .bar, .good, .error, .warning, .match, .selected, .title: CN_NORMAL
    case .heading, .headline, .key, .tab, .chosenBar, .marked: CN_BOLD
    case .precisionBadge, .quantizedBadge, .prunedBadge, .sparseBadge, .distilledBadge,
      .errorBadge:
      CN_BOLD
    case .heat1, .heat2, .heat3, .heat4, .heat5: CN_NORMAL
    }
  }

  fileprivate var attributesWithoutColor: attr_t {
    switch self {
    case .plain, .bar, .good, .heat1, .heat2, .heat3, .heat4, .heat5: CN_NORMAL
    case .dim, .heat0: CN_DIM
    case .heading, .headline, .key, .warning, .error, .marked: CN_BOLD
    case .selected, .title, .chosenBar: CN_REVERSE
    case .tab: CN_BOLD
    case .match: CN_UNDERLINE | CN_BOLD
    case .precisionBadge, .quantizedBadge, .prunedBadge, .sparseBadge, .distilledBadge,
      .errorBadge:
      CN_REVERSE | CN_BOLD
    }
  }

  /// Foreground and background; −1 is the terminal's own.
  ///
  /// Numbers above 15 are xterm's cube of 256
  /// colours, those below the ones of ECMA-48 and their bright forms.
  fileprivate func colors(of count: Int) -> (Int16, Int16) {
    let many = count >= 256
    let bright: Int16 = count >= 16 ? 8 : 0
    return switch self {
    case .plain, .headline: (-1, -1)
    case .title: many ? (250, 236) : (7, 4)
    case .tab: many ? (231, 25) : (4, 7)
    case .heading: many ? (75, -1) : (6, -1)
    case .dim: many ? (244, -1) : bright > 0 ? (8, -1) : (-1, -1)
    case .key: many ? (222, -1) : (3, -1)
    case .selected: many ? (231, 24) : (7, 4)
    case .match: many ? (16, 222) : (0, 3)
    case .marked: many ? (222, -1) : (3, -1)
    case .bar: many ? (74, -1) : (6, -1)
    case .chosenBar: many ? (222, -1) : (3, -1)
    case .good: many ? (114, -1) : (2, -1)
    case .warning: many ? (214, -1) : (3 + bright, -1)
    case .error: many ? (203, -1) : (1 + bright, -1)
    case .precisionBadge: many ? (231, 25) : (7, 4)
    case .quantizedBadge: many ? (231, 91) : (7, 5)
    case .prunedBadge: many ? (16, 214) : (0, 3)
    case .sparseBadge: many ? (16, 114) : (0, 2)
    case .distilledBadge: many ? (16, 80) : (0, 6)
    case .errorBadge: many ? (231, 160) : (7, 1)
    // From cold to hot, told apart by lightness too.
    case .heat0: many ? (240, -1) : bright > 0 ? (8, -1) : (-1, -1)
    case .heat1: many ? (67, -1) : (4 + bright, -1)
    case .heat2: many ? (79, -1) : (6, -1)
    case .heat3: many ? (149, -1) : (2, -1)
    case .heat4: many ? (220, -1) : (3, -1)
    case .heat5: many ? (203, -1) : (1 + bright, -1)
    }
  }
}
