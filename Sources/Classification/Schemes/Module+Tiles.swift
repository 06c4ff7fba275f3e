internal import TensorStats

/// The orders in which kernels want codes.
extension Module {
  /// Codes of 4 or 8 bits as the Marlin kernels read them: tiles of 16 inputs × 64 outputs, made of
  /// four of 16 × 16.
  ///
  /// `get_weight_perm` and `get_scale_perms` of vLLM's marlin_utils_test.py, after IST-DASLab's Marlin.
  ///
  /// - Parameter isGrouped: whether inputs have several scales.
  func marlinTiles(bits: Int, isGrouped: Bool) -> TiledCodes {
    let order = Self.fragments(
      interleaved: bits == 4 ? [0, 2, 4, 6, 1, 3, 5, 7] : [0, 2, 1, 3]
    ) { thread in [0, 1, 8, 9].map { 2 * (thread % 4) + $0 } }
    let rows = isGrouped ? Self.marlinGroupOrder : Self.marlinRowOrder
    return TiledCodes(
      tensor: carrier, bits: bits, tileRows: 64, tileColumns: 16, order: order, sequence: .down,
      rowOrder: rows)
  }

  /// Codes of 4 bits as QQQ's kernels read them: Marlin's tiles, each thread with four neighbours.
  ///
  /// `_get_perms` of QQQ's qlinear_marlin.py. The scales of groups and of rows have orders of their own.
  func qqqTiles(isGrouped: Bool) -> TiledCodes {
    TiledCodes(
      tensor: carrier, bits: 4, tileRows: 64, tileColumns: 16,
      order: Self.fragments(
        interleaved: isGrouped ? [0, 2, 4, 6, 1, 3, 5, 7] : [4, 0, 5, 1, 6, 2, 7, 3]
      ) { thread in [0, 1, 2, 3].map { 4 * (thread % 4) + $0 } },
      sequence: .down)
  }

  /// Codes of 8 bits as FasterTransformer's kernels read them, which EETQ took over: two outputs × 64
  /// inputs, the inputs of each 16 in the order of the tensor cores, two of each four bytes exchanged.
  ///
  /// `preprocess_weights_for_mixed_gemm` of cutlass_preprocessors.cc, for cards from Turing on.
  func mixedGemmTiles() -> TiledCodes {
    let order = (0..<128).map { code in
      // Bytes 1 and 2 of a register are exchanged.
      let place = code % 64 / 4 * 4 + [0, 2, 1, 3][code % 4]
      let row = place % 16
      return code / 64 * 64 + place / 16 * 16 + row % 4 / 2 * 8 + row % 2 + row / 4 * 2
    }
    return TiledCodes(
      tensor: carrier, bits: 8, tileRows: 2, tileColumns: 64, order: order, sequence: .across)
  }

  /// Where in a tile of 64 outputs × 16 inputs each code belongs, by the fragments of 32 threads.
  private static func fragments(interleaved: [Int], inputs: (Int) -> [Int]) -> [Int] {
    var order: [Int] = []
    for thread in 0..<32 {
      let codes = [0, 8].flatMap { block in
        inputs(thread).map { (thread / 4 + block) * 16 + $0 }
      }
      for j in 0..<4 { order += codes.map { $0 + 256 * j } }
    }
    return stride(from: 0, to: order.count, by: interleaved.count).flatMap { start in
      interleaved.map { order[start + $0] }
    }
  }

  /// The places of the scales of each 64 outputs, where inputs have several.
  static let marlinGroupOrder = (0..<64).map { $0 % 8 * 8 + $0 / 8 }

  /// The places of the scales of each 32 outputs, where an output has one.
  static let marlinRowOrder: [Int] = {
    var rows = [Int](repeating: 0, count: 32)
    for (place, row) in (0..<4).flatMap({ i in
      [0, 1, 8, 9, 16, 17, 24, 25].map { 2 * i + $0 }
    }).enumerated() { rows[row] = place }
    return rows
  }()

  /// Codes of 4 bits as AutoAWQ's gemv_fast stores them (`pack_intweight`): four outputs × 64 inputs,
  /// an output after the other, the inputs of each 32 taken apart.
  func gemvFastTiles() -> TiledCodes {
    let order = (0..<256).map { code in
      let place = code % 32
      let input = place % 4 * 8 + place / 8 * 2 + place % 8 / 4
      return code / 64 * 64 + code % 64 / 32 * 32 + input
    }
    return TiledCodes(
      tensor: carrier, bits: 4, tileRows: 4, tileColumns: 64, order: order, sequence: .across)
  }

  /// Codes of 4 bits as PyTorch's tinygemm kernels read them: tiles of 8 outputs × 64, 128 or … inputs.
  ///
  /// `matrix_to_m16n8k16_Bint4_layout` of aten/src/ATen/native/cuda/int4mm.cu: each of 32 threads has an
  /// output and, in every 32 inputs, a word with four pairs of neighbours, the even ones first. AMD's
  /// cards order tiles of 16 outputs in tensors of the same shape, which nothing in a file tells.
  func tinygemmTiles(width: Int, storedColumns: Int) -> TiledCodes {
    var order: [Int] = []
    for thread in 0..<32 {
      for word in 0..<width / 32 {
        for odd in 0..<2 {
          for pair in 0..<4 {
            order.append(
              thread / 4 * width + word * 32 + pair * 8 + thread % 4 * 2 + odd)
          }
        }
      }
    }
    return TiledCodes(
      tensor: carrier, bits: 4, tileRows: 8, tileColumns: width, order: order, sequence: .across,
      storedColumns: storedColumns)
  }
}
