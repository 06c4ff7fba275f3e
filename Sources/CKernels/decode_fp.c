// 4-bit floats (E2M1) with 8-bit scales, and 16-bit floats.

#include "decode_support.h"

#include "decode.h"

// The doubled E2M1 value 0, 1, 2, 3, 4, 6, 8, 12 of three bits, negative with the fourth. Code 8 is
// +0, as in ggml's table of integers.
INLINED int doubled_e2m1(int code) {
  int m = code & 7;
  int magnitude = m + (m > 4 ? m - 4 : 0) + (m > 6 ? 2 : 0);
  return code & 8 ? -magnitude : magnitude;
}

// Half of 2^(E − 127), for the doubled elements. E = 0 and 1 give subnormal numbers, which are not
// zero; the greatest overflow with large elements, as in ggml.
CLONED void decode_mxfp4(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 17, out += 32) {
    uint32_t e = blocks[0];
    float scale = float_of(e < 2 ? 0x00200000u << e : (e - 1) << 23);
    const uint8_t *qs = blocks + 1;
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 16; i++) {
        out[16 * half + i] = (float)doubled_e2m1(qs[i] >> 4 * half & 15) * scale;
      }
    }
  }
}

// Half of an unsigned E4M3 number; both 0x00 and the NaN 0x7F count as 0, the top bit is ignored.
INLINED float half_e4m3(uint32_t bits) {
  uint32_t exponent = bits >> 3 & 15;
  uint32_t mantissa = bits & 7;
  if ((bits & 0x7f) == 0x7f) return 0.0f;
  return exponent == 0 ? (float)(int32_t)mantissa * 0x1p-10f
                       : float_of((exponent + 119) << 23 | mantissa << 20);
}

CLONED void decode_nvfp4(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 36, out += 64) {
    for (int g = 0; g < 4; g++) {
      float scale = half_e4m3(blocks[g]);
      const uint8_t *qs = blocks + 4 + 8 * g;
      float *part = out + 16 * g;
      for (int i = 0; i < 8; i++) part[i] = (float)doubled_e2m1(qs[i] & 15) * scale;
      for (int i = 0; i < 8; i++) part[i + 8] = (float)doubled_e2m1(qs[i] >> 4) * scale;
    }
  }
}

CLONED void decode_f16(const uint8_t *restrict bytes, size_t count, float *restrict out) {
  for (size_t i = 0; i < count; i++) out[i] = f16_of(u16_at(bytes + 2 * i));
}

CLONED void decode_bf16(const uint8_t *restrict bytes, size_t count, float *restrict out) {
  for (size_t i = 0; i < count; i++) out[i] = float_of((uint32_t)u16_at(bytes + 2 * i) << 16);
}

float decode_one_f16(uint16_t bits) { return f16_of(bits); }
