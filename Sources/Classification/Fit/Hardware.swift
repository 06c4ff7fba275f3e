/// What a model is run on.
public struct Hardware: Sendable, Equatable {
  /// The name that was asked for.
  public var name: String
  /// Whose processor it is.
  public var platform: Platform
  /// NVIDIA's compute capability times ten, 89 for Ada; of Apple's the number behind the M.
  ///
  /// `nil` where the name does not tell.
  public var capability: Int?

  /// A kind of processor.
  public enum Platform: String, Sendable, Hashable, CaseIterable {
    case cuda, rocm, xpu, apple, cpu
  }

  /// Understands `cpu`, `apple`, `rocm`, `xpu`, `sm89`, or the name of a card: `rtx-4090`, `H100`.
  public init?(_ name: String) {
    let key = name.lowercased().filter { $0 != "-" && $0 != " " && $0 != "_" }
    self.name = name
    if key.hasPrefix("sm"), let number = Int(key.dropFirst(2)), (30...999).contains(number) {
      platform = .cuda
      capability = number
    } else if let number = Self.capabilities.first(where: { $0.cards.contains(key) })?.capability {
      platform = .cuda
      capability = number
    } else if key.first == "m", let number = Int(key.dropFirst()), (1...9).contains(number) {
      platform = .apple
      capability = number
    } else if let platform = Self.platforms[key] ?? Platform(rawValue: key), platform != .cuda {
      self.platform = platform
      capability = nil
    } else {
      return nil
    }
  }

  /// Names that are understood, for the message about one that is not.
  public static var knownNames: [String] {
    Platform.allCases.filter { $0 != .cuda }.map(\.rawValue) + ["sm75", "sm89", "…"]
      + capabilities.flatMap(\.cards)
  }

  private static let platforms: [String: Platform] = [
    "mps": .apple, "metal": .apple,
    "mi300": .rocm, "mi300x": .rocm, "mi350x": .rocm, "mi355x": .rocm, "arc": .xpu,
  ]

  /// Cards by their compute capability (developer.nvidia.com/cuda-gpus).
  private static let capabilities: [(capability: Int, cards: [String])] = [
    (70, ["v100"]),
    (75, ["t4", "rtx2080", "rtx2080ti", "rtx2070", "rtx2060"]),
    (80, ["a100", "a30"]),
    (86, ["a10", "a40", "a6000", "rtx3090", "rtx3080", "rtx3070", "rtx3060"]),
    (89, ["l4", "l40", "l40s", "rtx4090", "rtx4080", "rtx4070", "rtx4060"]),
    (90, ["h100", "h200", "gh200"]),
    (100, ["b200", "gb200"]),
    (120, ["rtx5090", "rtx5080", "rtx5070", "rtx5060"]),
  ]
}

/// What something asks of the hardware; any of the platforms will do.
public struct HardwareNeed: Sendable, Equatable {
  /// Where it works at all.
  public var platforms: Set<Hardware.Platform>
  /// The compute capabilities that do, times ten, where the platform is CUDA.
  public var capabilities: ClosedRange<Int>?
  /// The first of Apple's processors that does, by the number behind the M.
  public var firstApple = 1

  /// Works everywhere.
  public static let any = HardwareNeed(platforms: Set(Hardware.Platform.allCases))
  /// Any processor but Apple's.
  public static let servers = HardwareNeed(platforms: [.cuda, .rocm, .xpu, .cpu])
  /// Where BF16 is computed as such: NVIDIA's cards from Ampere on, Apple's processors from the M2 on.
  ///
  /// Whether a CPU can (AVX512-BF16, AMX), its platform does not tell.
  public static let bf16 = HardwareNeed(
    platforms: [.cuda, .rocm, .xpu, .apple], capabilities: 80...999, firstApple: 2)
  /// Apple's processors, and MLX's builds for others.
  public static let mlx = HardwareNeed(platforms: [.apple, .cuda, .cpu])

  /// NVIDIA's cards from a compute capability on, and other platforms as they are.
  public static func cuda(
    from least: Int = 0,
    to most: Int = 999,
    or others: Set<Hardware.Platform> = []
  ) -> HardwareNeed {
    HardwareNeed(platforms: others.union([.cuda]), capabilities: least...most)
  }

  /// The same need on some of the platforms.
  func on(_ some: Set<Hardware.Platform>) -> HardwareNeed {
    var need = self
    need.platforms.formIntersection(some)
    return need
  }

  /// What meets this need or another one; of capabilities all between the two.
  func union(_ other: HardwareNeed) -> HardwareNeed {
    var need = self
    need.platforms.formUnion(other.platforms)
    need.firstApple = min(firstApple, other.firstApple)
    need.capabilities =
      switch (capabilities, other.capabilities) {
      case (let a?, let b?):
        min(a.lowerBound, b.lowerBound)...max(a.upperBound, b.upperBound)
      case (let a?, nil): other.platforms.contains(.cuda) ? nil : a
      case (nil, let b?): platforms.contains(.cuda) ? nil : b
      case (nil, nil): nil
      }
    return need
  }

  /// Whether it works on some hardware.
  public func isMet(by hardware: Hardware) -> Bool {
    guard platforms.contains(hardware.platform) else { return false }
    guard let capability = hardware.capability else { return true }
    return switch hardware.platform {
    case .cuda: capabilities?.contains(capability) ?? true
    case .apple: capability >= firstApple
    case .rocm, .xpu, .cpu: true
    }
  }

  /// The need in words; `nil` where there is none.
  public var description: String? {
    guard self != .any else { return nil }
    let names = Hardware.Platform.allCases.filter { platforms.contains($0) }.map { platform in
      switch platform {
      case .cuda: capabilities.map(Self.describe) ?? "NVIDIA"
      case .rocm: "AMD"
      case .xpu: "Intel GPU"
      case .apple: firstApple > 1 ? "Apple M\(firstApple)+" : "Apple silicon"
      case .cpu: "CPU"
      }
    }
    return names.joined(separator: ", ")
  }

  private static func describe(_ capabilities: ClosedRange<Int>) -> String {
    func name(_ capability: Int) -> String { "\(capability / 10).\(capability % 10)" }
    let most = capabilities.upperBound < 999 ? "–\(name(capabilities.upperBound))" : "+"
    return capabilities == 0...999
      ? "NVIDIA" : "NVIDIA compute capability \(name(capabilities.lowerBound))\(most)"
  }
}
