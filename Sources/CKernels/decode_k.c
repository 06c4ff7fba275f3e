// K-quants: 256 elements a block in sub-blocks of 16 or 32 whose scales are themselves codes.

#include "decode_support.h"

#include "decode.h"

CLONED void decode_q2_k(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 84, out += 256) {
    const uint8_t *sc = blocks, *qs = blocks + 16;
    float d = f16_at(blocks + 80), dmin = f16_at(blocks + 82);
    for (int s = 0; s < 16; s++) {
      const uint8_t *part = qs + 32 * (s / 8) + 16 * (s & 1);
      int shift = 2 * (s / 2 & 3);
      float scale = d * (float)(sc[s] & 15), min = dmin * (float)(sc[s] >> 4);
      for (int i = 0; i < 16; i++) {
        out[16 * s + i] = scale * (float)(part[i] >> shift & 3) - min;
      }
    }
  }
}

// The third bit of an element stands in hm: bit 4 · half + p of byte l. Scales have four low bits
// in sc[0…7] and two high bits in sc[8…11].
CLONED void decode_q3_k(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 110, out += 256) {
    const uint8_t *hm = blocks, *qs = blocks + 32, *sc = blocks + 96;
    float d = f16_at(blocks + 108);
    for (int s = 0; s < 16; s++) {
      const uint8_t *part = qs + 32 * (s / 8) + 16 * (s & 1), *high = hm + 16 * (s & 1);
      int shift = 2 * (s / 2 & 3), bit = s / 2;
      int low4 = s < 8 ? sc[s] & 15 : sc[s - 8] >> 4;
      int code = low4 | (sc[8 + (s & 3)] >> 2 * (s / 4) & 3) << 4;
      float scale = d * (float)(code - 32);
      for (int i = 0; i < 16; i++) {
        int q = (part[i] >> shift & 3) + (high[i] >> bit & 1) * 4 - 4;
        out[16 * s + i] = scale * (float)q;
      }
    }
  }
}

// Scale and minimum of the j-th 32 elements of Q4_K and Q5_K: 6 bits each, 16 of them in 12 bytes.
INLINED void scale_min(const uint8_t *sc, int j, int *scale, int *min) {
  if (j < 4) {
    *scale = sc[j] & 63;
    *min = sc[j + 4] & 63;
  } else {
    *scale = (sc[j + 4] & 15) | sc[j - 4] >> 6 << 4;
    *min = sc[j + 4] >> 4 | sc[j] >> 6 << 4;
  }
}

CLONED void decode_q4_k(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 144, out += 256) {
    float d = f16_at(blocks), dmin = f16_at(blocks + 2);
    for (int j = 0; j < 8; j++) {
      const uint8_t *qs = blocks + 16 + 32 * (j / 2);
      int sc, m, shift = 4 * (j & 1);
      scale_min(blocks + 4, j, &sc, &m);
      float scale = d * (float)sc, min = dmin * (float)m;
      for (int i = 0; i < 32; i++) {
        out[32 * j + i] = scale * (float)(qs[i] >> shift & 15) - min;
      }
    }
  }
}

CLONED void decode_q5_k(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 176, out += 256) {
    float d = f16_at(blocks), dmin = f16_at(blocks + 2);
    const uint8_t *qh = blocks + 16;
    for (int j = 0; j < 8; j++) {
      const uint8_t *qs = blocks + 48 + 32 * (j / 2);
      int sc, m, shift = 4 * (j & 1);
      scale_min(blocks + 4, j, &sc, &m);
      float scale = d * (float)sc, min = dmin * (float)m;
      for (int i = 0; i < 32; i++) {
        int q = (qs[i] >> shift & 15) + (qh[i] >> j & 1) * 16;
        out[32 * j + i] = scale * (float)q - min;
      }
    }
  }
}

CLONED void decode_q6_k(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 210, out += 256) {
    const int8_t *sc = (const int8_t *)(blocks + 192);
    float d = f16_at(blocks + 208);
    for (int s = 0; s < 16; s++) {
      int half = s / 8, p = s / 2 & 3, offset = 16 * (s & 1);
      const uint8_t *low = blocks + 64 * half + 32 * (p & 1) + offset;
      const uint8_t *high = blocks + 128 + 32 * half + offset;
      int low_shift = 4 * (p >> 1), high_shift = 2 * p;
      float scale = d * (float)sc[s];
      for (int i = 0; i < 16; i++) {
        int q = (low[i] >> low_shift & 15) | (high[i] >> high_shift & 3) << 4;
        out[16 * s + i] = scale * (float)(q - 32);
      }
    }
  }
}

CLONED void decode_q8_k(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 292, out += 256) {
    float d = f32_at(blocks);
    const int8_t *q = (const int8_t *)(blocks + 4);
    for (int i = 0; i < 256; i++) out[i] = d * (float)q[i];
  }
}
