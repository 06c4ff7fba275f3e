internal import ModelFile
internal import TensorStats

/// GPTQ: codes packed along the inputs, zero points packed along the outputs.
///
///     qweight I32 [in·b/32, out]   qzeros I32 [⌈in/g⌉, out·b/32]
///     scales  F16 [⌈in/g⌉, out]    g_idx  I32 [in], the group of every input
///
/// AutoGPTQ (`auto_gptq/nn_modules/qlinear`) stores zero − 1 ("v1"), taken from whole words, so that a
/// zero point of 0 borrows from the one above it (`convert_gptq_v1_to_v2_format_module` of GPTQModel);
/// GPTQModel's `gptq_v2` stores the zero itself. Its `gptq_p`, the only form of 5, 6 and 7 bits,
/// stores bit planes (docs/gptq_planar.md). The same tensors with rotation angles beside them are
/// ParoQuant's.
enum GPTQ {
  static let signatures = [
    Signature(".qweight", [.i32, .u32], with: [".qzeros", ".scales"], match: match)
  ]

  private static let suffixes = [
    ".qzeros", ".scales", ".g_idx", ".theta", ".pairs", ".channel_scales", ".qweight_type",
    ".input_scale",
  ]

  /// The width of a code and the sides of the matrix, where all tensors agree.
  private struct Dimensions {
    var bits: Int
    var outputs: Int
    var inputs: Int
    var groups: Int

    init?(_ module: Module) {
      guard let packed = module.lastMatrix, let scales = module.innerShape(".scales"),
        let zeros = module.innerShape(".qzeros"), scales[1] > 0, scales[0] > 0,
        module.type(".scales")?.family == .float, packed.columns == scales[1],
        zeros[0] == scales[0], let bits = module.packedBits(words: zeros[1], codes: scales[1])
      else { return nil }
      let stack = module.shape.dropLast(2).reduce(1) { $0.multipliedClamped(by: $1) }
      let inputs = module.elements(".g_idx").map { $0 / max(stack, 1) } ?? packed.rows * 32 / bits
      guard inputs > 0, ceilingQuotient(inputs * bits, 32) <= packed.rows else { return nil }
      (self.bits, self.inputs) = (bits, inputs)
      (outputs, groups) = (packed.columns, scales[0])
    }
  }

  private static func match(_ module: Module) -> PackedWeight? {
    guard let dimensions = Dimensions(module) else { return nil }
    let (bits, outputs, inputs) = (dimensions.bits, dimensions.outputs, dimensions.inputs)
    let group = module.groupSize(of: inputs, groups: dimensions.groups)
    let order = module.integers(".g_idx").map {
      isPermuted(Array($0.prefix(inputs)), group: group ?? inputs)
    }
    let isParo = module[".theta"] != nil || module[".pairs"] != nil
    let isPlanar = isPlanar(module, bits)
    let words = isPlanar ? Packing.planar(bits: bits) : module.packing(bits)
    let form = zeroForm(module, bits, words)
    var variant = form.isV2 ? "v2" : "v1"
    if isPlanar { variant = "planar" }
    // Planes go by 32 codes.
    let isWhole = !isPlanar || inputs % 32 == 0 && outputs % 32 == 0
    let sharing: GroupValues.Sharing =
      module[".g_idx"].map { .indexed(by: $0) } ?? .tiles(rows: 1, columns: group ?? inputs)
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: module.carrier, bits: bits, packing: words, direction: .downColumn),
        .transposed
      ),
      zero: module[".qzeros"].map {
        GroupValues(
          .codes(
            StoredCodes(
              tensor: $0, bits: bits, packing: words, increment: form.isV2 ? 0 : 1),
            plus: 0),
          sharing: sharing,
          arrangement: .transposed
        )
      },
      scales: module.scale(".scales", sharing: sharing, arrangement: .transposed)
    )
    var found = PackedWeight(
      isParo ? .paroquant : .gptq,
      isParo ? "\(bits)-bit" : variant,
      module,
      auxiliary: suffixes,
      shape: module.shape.dropLast(2) + [outputs, inputs],
      codes: .integer(zeroCode: form.isSymmetric == true ? 1 << (bits - 1) : nil),
      bits: Double(bits),
      groupSize: group,
      symmetric: form.isSymmetric,
      actOrder: order ?? false,
      // A rotation of the inputs follows, so that zero codes are no zero weights.
      decoder: isParo || !isWhole ? nil : decoder
    )
    if form.isAssumed, !isParo {
      found.assumption =
        "whether zero points are stored less one (v1) or as they are (v2): taken as v1"
    }
    return found
  }

  /// Whether inputs belong to other groups than their order says.
  private static func isPermuted(_ groups: [Int], group: Int) -> Bool {
    groups.enumerated().contains { $0.element != $0.offset / max(group, 1) }
  }

  /// Whether codes are stored by bit planes: as declared, where no other form has the width, or where
  /// the zero points are the middle of the codes only if read so.
  private static func isPlanar(_ module: Module, _ bits: Int) -> Bool {
    if declaredFormat(module) == "gptq_p" || bits > 4 && bits < 8 { return true }
    guard bits == 3, declaredFormat(module) == nil, let words = module.integers(".qzeros"),
      words.count >= 3
    else { return false }
    return words.prefix(words.count / 3 * 3).enumerated().allSatisfy {
      $0.element & 0xFFFF_FFFF == ($0.offset % 3 == 2 ? 0xFFFF_FFFF : 0)
    }
  }

  private static func declaredFormat(_ module: Module) -> String? {
    (module.claims.settings?["checkpoint_format"] ?? module.claims.settings?["format"])?.string
  }

  /// Which form of zero points it is, whether nothing tells, and whether all of them are the middle of
  /// the codes.
  ///
  /// Symmetric quantization makes every zero point the same, and it differs by form: with 4 bits 7 in
  /// v1 and 8 in v2. Otherwise the codes tell, which lie on both sides of the zero point.
  private static func zeroForm(
    _ module: Module, _ bits: Int, _ packing: Packing
  ) -> (isV2: Bool, isAssumed: Bool, isSymmetric: Bool?) {
    let declared = declaredFormat(module)
    let measured = declared == nil ? module.scene.storesZeroPoints : nil
    let isV2 =
      measured ?? (declared == "gptq_v2" || declared == "gptq_p" || !packing.planes.isEmpty)
    let isAssumed = declared == nil && measured == nil && packing.planes.isEmpty
    let isDeclaredSymmetric = module.claims.settings?["sym"]?.bool
    guard let words = module.integers(".qzeros"), !words.isEmpty else {
      return (isV2, isAssumed, isDeclaredSymmetric)
    }
    let codes = unpack(words, bits, packing)
    let middle = 1 << (bits - 1)
    if packing.planes.isEmpty, codes.allSatisfy({ $0 == middle - 1 }) {
      return (false, false, true)
    }
    if codes.allSatisfy({ $0 == middle }) { return (true, false, true) }
    return (isV2, isAssumed, false)
  }

  // MARK: - What the codes tell of the zero points

  /// How many layers' first codes are read to tell the form of zero points.
  static let sampleCount = 16

  /// Whether zero points are stored as they are (v2) or less one (v1); `nil` where the codes that were
  /// read do not tell.
  ///
  /// The weights of a linear layer have a mean near zero, so that the mean code is the zero point: as
  /// it is stored, or one above.
  static func storesZeroPoints(_ scene: Module.Scene) -> Bool? {
    var distance = SampledMean()
    for index in scene.auxiliary.keys.sorted() {
      let name = scene.model.tensors[index].name
      guard name.hasSuffix(".qweight") else { continue }
      let module = Module(scene: scene, prefix: String(name.dropLast(8)), carrier: index)
      for difference in distances(module) { distance.add(Double(difference)) }
    }
    guard distance.count >= 1024 else { return nil }
    // No farther off than one form is from the other.
    let (mean, error) = (distance.mean, distance.error)
    if mean + error < 0.5, mean - error > -0.5 { return true }
    if mean - error > 0.5, mean + error < 1.5 { return false }
    return nil
  }

  /// How far the codes read at the beginning of a layer lie above their stored zero points.
  private static func distances(_ module: Module) -> [Int] {
    guard let dimensions = Dimensions(module), module.shape.count == 2,
      let words = module.integers(".qweight"), let zeroWords = module.integers(".qzeros"),
      case let (bits, outputs) = (dimensions.bits, dimensions.outputs), bits < 5 || bits == 8
    else { return [] }
    let group = module.groupSize(of: dimensions.inputs, groups: dimensions.groups)
    let groups = module.integers(".g_idx")
    let packing = module.packing(bits)
    let zeros = unpack(zeroWords, bits, packing)
    // Codes of 3 bits fill three words of a column.
    let (run, perRun) = bits == 3 ? (3, 32) : (1, 32 / bits)
    var found: [Int] = []
    for start in 0..<ceilingQuotient(words.count, run * outputs) {
      for output in 0..<outputs {
        let last = (start * run + run - 1) * outputs + output
        guard last < words.count else { break }
        let column = (0..<run).map { words[(start * run + $0) * outputs + output] }
        for (place, code) in unpack(column, bits, packing).enumerated() {
          let input = start * perRun + place
          guard input < dimensions.inputs else { break }
          let number =
            groups.map { input < $0.count ? $0[input] : -1 } ?? group.map { input / $0 } ?? 0
          guard (0..<dimensions.groups).contains(number),
            case let zero = number * outputs + output, zero < zeros.count,
            // Less one, the least zero point is the greatest code.
            zeros[zero] < 1 << bits - 1
          else { continue }
          found.append(code - zeros[zero])
        }
      }
    }
    return found
  }

  /// The codes of 32-bit words, whole or by planes.
  private static func unpack(_ words: [Int], _ bits: Int, _ packing: Packing) -> [Int] {
    let planes =
      packing.planes.isEmpty
      ? [Packing.Plane(bits: bits, places: (0..<32).map { bits * $0 })] : packing.planes
    // Every 32 codes fill as many words as a code has bits.
    return (0..<words.count * 32 / bits).map { code in
      var (value, done) = (0, 0)
      for plane in planes {
        for bit in 0..<plane.bits {
          let place = code / 32 * bits * 32 + plane.places[code % 32] + bit
          guard place / 32 < words.count else { continue }
          value |= (words[place / 32] >> (place % 32) & 1) << (done + bit)
        }
        done += plane.bits
      }
      return value
    }
  }
}
