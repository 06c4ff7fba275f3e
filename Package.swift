// swift-tools-version: 6.2

import PackageDescription

/// What every Swift target is held to: warnings are errors, and an import that shows in a public
/// declaration has to say so.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Where no pointer has any business: each unsafe expression must be marked as such.
let strictAndSafe: [SwiftSetting] = strict + [.strictMemorySafety()]

let package = Package(
  name: "inspect",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "inspect", targets: ["inspect"]),
    .library(
      name: "ModelInspection",
      targets: ["ModelFile", "TensorStats", "CFileWindow", "CKernels", "Classification"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .target(name: "CFileWindow"),
    .target(name: "ModelFile", dependencies: ["CFileWindow"], swiftSettings: strictAndSafe),
    .target(name: "CKernels"),
    .target(name: "TensorStats", dependencies: ["ModelFile", "CKernels"], swiftSettings: strict),
    .target(
      name: "Classification", dependencies: ["ModelFile", "TensorStats"],
      swiftSettings: strictAndSafe),
    .target(
      name: "Report", dependencies: ["Classification", "ModelFile", "TensorStats"],
      swiftSettings: strictAndSafe),
    .target(name: "Browser", dependencies: ["Report"], swiftSettings: strictAndSafe),
    .systemLibrary(
      name: "CNcurses", providers: [.apt(["libncurses-dev"]), .brew(["ncurses"])]),
    .target(
      name: "Curses",
      dependencies: ["Browser", "CNcurses"],
      swiftSettings: strict,
      linkerSettings: [
        .linkedLibrary("ncursesw", .when(platforms: [.linux])),
        .linkedLibrary("tinfo", .when(platforms: [.linux])),
        .linkedLibrary("ncurses", .when(platforms: [.macOS])),
      ]
    ),
    .executableTarget(
      name: "inspect",
      dependencies: [
        "Browser", "Classification", "Curses", "ModelFile", "Report", "TensorStats",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict
    ),
    .executableTarget(
      name: "fuzz", dependencies: ["ModelFile", "TensorStats", "Classification"],
      swiftSettings: strict),
    .executableTarget(
      name: "bench",
      dependencies: [
        "ModelFile", "TensorStats",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["ModelFile"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "ModelFileTests", dependencies: ["ModelFile", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "TensorStatsTests", dependencies: ["CKernels", "TensorStats", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ClassificationTests",
      dependencies: ["Classification", "ModelFile", "TensorStats", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ReportTests", dependencies: ["Report", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "BrowserTests", dependencies: ["Browser", "TestSupport"], exclude: ["Snapshots"],
      swiftSettings: strict),
    .testTarget(
      name: "CursesTests", dependencies: ["Curses", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "InspectTests", dependencies: ["inspect", "TestSupport"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
