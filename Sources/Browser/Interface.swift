/// Something shown in the terminal as a value: events and news change it, ``render()`` draws it.
///
/// It has no clock, no threads and does no I/O; what it wants done it returns as an effect.
public protocol Interface: Sendable {
  /// What arrives from workers.
  associatedtype Update: Sendable
  /// What is to be done outside.
  associatedtype Effect: Sendable

  /// Whether characters are text to it now and no commands, so that many can come in one event.
  var takesText: Bool { get }
  /// Reacts to a user's action.
  mutating func update(_ event: Event) -> Effect?
  /// Takes news.
  mutating func update(_ updates: [Update]) -> Effect?
  /// Draws the current state.
  func render() -> Screen
}

extension Browser: Interface {}
