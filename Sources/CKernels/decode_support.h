#ifndef DECODE_SUPPORT_H
#define DECODE_SUPPORT_H

#include <stdint.h>
#include <string.h>

// Fused multiply-add would round once where ggml rounds twice. This holds for the file that
// includes this header first.
#pragma STDC FP_CONTRACT OFF

// The same source is compiled for three levels of x86-64, and the loader takes the best; Mach-O has
// no such dispatch.
#if defined(__x86_64__) && defined(__linux__)
#define CLONED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CLONED
#endif

// Inlined, so that each clone has its own.
#define INLINED static inline __attribute__((always_inline))

INLINED uint16_t u16_at(const uint8_t *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }

INLINED uint32_t u32_at(const uint8_t *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

INLINED float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

INLINED float f32_at(const uint8_t *bytes) { return float_of(u32_at(bytes)); }

// IEEE 754 binary16 without F16C. Subnormals go through an integer, so that no subnormal float32 is
// ever an operand: those are slow on some CPUs.
INLINED float f16_of(uint32_t bits) {
  uint32_t sign = (bits & 0x8000) << 16;
  uint32_t exponent = bits >> 10 & 31;
  uint32_t mantissa = bits & 1023;
  float subnormal = (float)(int32_t)mantissa * 0x1p-24f;
  uint32_t subnormal_bits;
  memcpy(&subnormal_bits, &subnormal, 4);
  uint32_t rebiased = exponent == 31 ? 255 : exponent + 112;
  uint32_t magnitude = exponent == 0 ? subnormal_bits : rebiased << 23 | mantissa << 13;
  return float_of(sign | magnitude);
}

INLINED float f16_at(const uint8_t *bytes) { return f16_of(u16_at(bytes)); }

#endif
