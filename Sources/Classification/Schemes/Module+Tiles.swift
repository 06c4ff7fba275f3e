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
    var order: [Int] = []
    for thread in 0..<32 {
      let first = 2 * (thread % 4)
      let codes = [0, 8].flatMap { block in
        [first, first + 1, first + 8, first + 9].map { input in
          (thread / 4 + block) * 16 + input
        }
      }
      for j in 0..<4 { order += codes.map { $0 + 256 * j } }
    }
    let interleaved = bits == 4 ? [0, 2, 4, 6, 1, 3, 5, 7] : [0, 2, 1, 3]
    order = stride(from: 0, to: order.count, by: interleaved.count).flatMap { start in
      interleaved.map { order[start + $0] }
    }
    var rows: [Int]
    if isGrouped {
      rows = (0..<64).map { $0 % 8 * 8 + $0 / 8 }
    } else {
      rows = [Int](repeating: 0, count: 32)
      for (place, row) in (0..<4).flatMap({ i in
        [0, 1, 8, 9, 16, 17, 24, 25].map { 2 * i + $0 }
      }).enumerated() { rows[row] = place }
    }
    return TiledCodes(
      tensor: carrier, bits: bits, tileRows: 64, tileColumns: 16, order: order, sequence: .down,
      rowOrder: rows)
  }

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
