#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Threads of the system, as many as asked for whatever else the machine does.
///
/// Dispatch hands out fewer when the machine is busy, and then a scan takes twice as long.
public enum Threads {
  /// Runs a body so many times at once, once in the calling thread, and waits for all.
  ///
  /// Where the system has no more threads it runs fewer, so bodies must take their work from what they
  /// share.
  public static func run(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    var threads: [pthread_t] = []
    for _ in 1..<max(1, count) {
      let argument = Unmanaged.passRetained(Body(run: body))
      guard let thread = start(argument.toOpaque()) else {
        argument.release()
        break
      }
      threads.append(thread)
    }
    body()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// What a new thread is handed.
  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }

  private static func start(_ argument: UnsafeMutableRawPointer) -> pthread_t? {
    #if canImport(Glibc)
    var thread = pthread_t()
    let error = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, argument)
    return error == 0 ? thread : nil
    #else
    var thread: pthread_t?
    let error = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, argument)
    return error == 0 ? thread : nil
    #endif
  }
}
