// Types with one or two float16 fields a block, 32 to 128 elements, and the ternary types.

#include "decode_support.h"

#include "decode.h"

// d, then 16 bytes; byte i holds elements i (low nibble) and i + 16.
CLONED void decode_q4_0(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 18, out += 32) {
    float d = f16_at(blocks);
    const uint8_t *qs = blocks + 2;
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 16; i++) {
        out[16 * half + i] = (float)((qs[i] >> 4 * half & 15) - 8) * d;
      }
    }
  }
}

CLONED void decode_q4_1(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 20, out += 32) {
    float d = f16_at(blocks), m = f16_at(blocks + 2);
    const uint8_t *qs = blocks + 4;
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 16; i++) {
        out[16 * half + i] = (float)(qs[i] >> 4 * half & 15) * d + m;
      }
    }
  }
}

// Bit e of the word after d is the fifth bit of element e.
CLONED void decode_q5_0(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 22, out += 32) {
    float d = f16_at(blocks);
    uint32_t high = u32_at(blocks + 2);
    const uint8_t *qs = blocks + 6;
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 16; i++) {
        int q = (qs[i] >> 4 * half & 15) | (int)(high >> (16 * half + i) & 1) << 4;
        out[16 * half + i] = (float)(q - 16) * d;
      }
    }
  }
}

CLONED void decode_q5_1(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 24, out += 32) {
    float d = f16_at(blocks), m = f16_at(blocks + 2);
    uint32_t high = u32_at(blocks + 4);
    const uint8_t *qs = blocks + 8;
    for (int half = 0; half < 2; half++) {
      for (int i = 0; i < 16; i++) {
        int q = (qs[i] >> 4 * half & 15) | (int)(high >> (16 * half + i) & 1) << 4;
        out[16 * half + i] = (float)q * d + m;
      }
    }
  }
}

CLONED void decode_q8_0(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 34, out += 32) {
    float d = f16_at(blocks);
    const int8_t *q = (const int8_t *)(blocks + 2);
    for (int i = 0; i < 32; i++) out[i] = (float)q[i] * d;
  }
}

// The second field, d times the sum of the codes, serves dot products only.
CLONED void decode_q8_1(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 36, out += 32) {
    float d = f16_at(blocks);
    const int8_t *q = (const int8_t *)(blocks + 4);
    for (int i = 0; i < 32; i++) out[i] = (float)q[i] * d;
  }
}

CLONED void decode_q1_0(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 18, out += 128) {
    float d = f16_at(blocks);
    for (int k = 0; k < 16; k++) {
      int bits = blocks[2 + k];
      for (int i = 0; i < 8; i++) out[8 * k + i] = bits >> i & 1 ? d : -d;
    }
  }
}

CLONED void decode_q2_0(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 18, out += 64) {
    float d = f16_at(blocks);
    for (int k = 0; k < 16; k += 4) {
      uint32_t codes = u32_at(blocks + 2 + k);
      for (int i = 0; i < 16; i++) {
        out[4 * k + i] = (float)((int)(codes >> 2 * i & 3) - 1) * d;
      }
    }
  }
}

// Five base-3 digits a byte, read from the top by multiplying: digit n of x is the integer part of
// 3 · frac(x · 3ⁿ / 256).
INLINED void trits(const uint8_t *bytes, int width, int digits, float d, float *restrict out) {
  static const uint8_t powers[5] = {1, 3, 9, 27, 81};
  for (int n = 0; n < digits; n++, out += width) {
    for (int i = 0; i < width; i++) {
      int x = (bytes[i] * powers[n]) & 255;
      out[i] = (float)((x * 3 >> 8) - 1) * d;
    }
  }
}

CLONED void decode_tq1_0(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 54, out += 256) {
    float d = f16_at(blocks + 52);
    trits(blocks, 32, 5, d, out);
    trits(blocks + 32, 16, 5, d, out + 160);
    trits(blocks + 48, 4, 4, d, out + 240);
  }
}

CLONED void decode_tq2_0(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 66, out += 256) {
    float d = f16_at(blocks + 64);
    for (int half = 0; half < 2; half++) {
      const uint8_t *qs = blocks + 32 * half;
      for (int p = 0; p < 4; p++) {
        float *part = out + 128 * half + 32 * p;
        for (int i = 0; i < 32; i++) part[i] = (float)((qs[i] >> 2 * p & 3) - 1) * d;
      }
    }
  }
}

// Byte i of 32 holds elements i, i + 32, i + 64, i + 96 from the high bits down.
CLONED void decode_i2_s(const uint8_t *restrict blocks, size_t count, float scale,
                        float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 32, out += 128) {
    for (int p = 0; p < 4; p++) {
      for (int i = 0; i < 32; i++) {
        out[32 * p + i] = (float)((blocks[i] >> (6 - 2 * p) & 3) - 1) * scale;
      }
    }
  }
}
