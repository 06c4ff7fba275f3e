// Codebook types: 256 elements a block, eight groups of 32, each group in runs of eight elements
// (or of four for IQ3) that a grid entry and signs give. A grid entry is kept as its compact code,
// two or three bits an element, from which the element follows by arithmetic.

#include "decode_support.h"

#include "decode.h"
#include "decode_iq_grids.h"

// Eight sign bits from seven: the last makes the number of ones even.
INLINED uint32_t eight_signs(uint32_t seven) {
  uint32_t parity = seven ^ seven >> 4;
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return seven | (parity & 1) << 7;
}

// Eight lanes, in the notation of GCC and clang: left to itself, the compiler unrolls loops over
// eight elements before it could vectorize them.
typedef int32_t ints __attribute__((vector_size(32)));
typedef float floats __attribute__((vector_size(32)));

// Eight elements of grids: codes k of a few bits stand for base + step · k, the last code for one
// `more` than that; each negated where its sign bit is set.
INLINED void run_grid(uint32_t codes, int bits, int base, int step, int last, int more,
                      uint32_t signs, float scale, float *out) {
  ints lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  ints k = (((ints){} + (int)codes) >> (lanes * bits)) & ((1 << bits) - 1);
  ints elements = base + step * k - more * (k == last);
  floats products = scale * __builtin_convertvector(elements, floats);
  ints places = 31 - lanes;
  ints negated = (ints)products ^ ((((ints){} + (int)signs) << places) & INT32_MIN);
  memcpy(out, &negated, 32);
}

// Elements 8, 25, 43.
INLINED void run_iq2(uint32_t code, uint32_t signs, float scale, float *out) {
  run_grid(code, 2, 8, 17, 2, 1, signs, scale, out);
}

CLONED void decode_iq2_xxs(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 66) {
    float d = f16_at(blocks);
    for (int g = 0; g < 8; g++) {
      const uint8_t *indexes = blocks + 2 + 8 * g;
      uint32_t word = u32_at(indexes + 4);
      float scale = d * (0.5f + (float)(word >> 28)) * 0.25f;
      for (int l = 0; l < 4; l++, out += 8) {
        run_iq2(iq2_xxs_grid[indexes[l]], eight_signs(word >> 7 * l & 127), scale, out);
      }
    }
  }
}

CLONED void decode_iq2_xs(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 74) {
    float d = f16_at(blocks);
    for (int g = 0; g < 8; g++) {
      int sc = blocks[66 + g];
      for (int l = 0; l < 4; l++, out += 8) {
        uint32_t word = u16_at(blocks + 2 + 8 * g + 2 * l);
        float scale = d * (0.5f + (float)(l < 2 ? sc & 15 : sc >> 4)) * 0.25f;
        run_iq2(iq2_xs_grid[word & 511], eight_signs(word >> 9), scale, out);
      }
    }
  }
}

CLONED void decode_iq2_s(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 82) {
    float d = f16_at(blocks);
    for (int g = 0; g < 8; g++) {
      int high = blocks[66 + g], sc = blocks[74 + g];
      for (int l = 0; l < 4; l++, out += 8) {
        int index = blocks[2 + 4 * g + l] | (high >> 2 * l & 3) << 8;
        float scale = d * (0.5f + (float)(l < 2 ? sc & 15 : sc >> 4)) * 0.25f;
        run_iq2(iq2_s_grid[index], blocks[34 + 4 * g + l], scale, out);
      }
    }
  }
}

// Two grid entries of four elements: 4, 12, 20 … 52, 62.
INLINED void run_iq3_xxs(uint32_t first, uint32_t second, uint32_t signs, float scale, float *out) {
  run_grid(first | second << 12, 3, 4, 8, 7, 2, signs, scale, out);
}

CLONED void decode_iq3_xxs(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 98) {
    float d = f16_at(blocks);
    for (int g = 0; g < 8; g++) {
      const uint8_t *indexes = blocks + 2 + 8 * g;
      uint32_t word = u32_at(blocks + 66 + 4 * g);
      float scale = d * (0.5f + (float)(word >> 28)) * 0.5f;
      for (int l = 0; l < 4; l++, out += 8) {
        uint32_t first = iq3_xxs_grid[indexes[2 * l]], second = iq3_xxs_grid[indexes[2 * l + 1]];
        run_iq3_xxs(first, second, eight_signs(word >> 7 * l & 127), scale, out);
      }
    }
  }
}

// Elements 1, 3, 5 … 15.
INLINED void run_iq3_s(uint32_t first, uint32_t second, uint32_t signs, float scale, float *out) {
  run_grid(first | second << 12, 3, 1, 2, 7, 0, signs, scale, out);
}

CLONED void decode_iq3_s(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 110) {
    float d = f16_at(blocks);
    for (int g = 0; g < 8; g++) {
      const uint8_t *indexes = blocks + 2 + 8 * g;
      int high = blocks[66 + g], sc = blocks[106 + g / 2];
      float scale = d * (float)(1 + 2 * (g & 1 ? sc >> 4 : sc & 15));
      for (int l = 0; l < 4; l++, out += 8) {
        uint32_t first = iq3_s_grid[indexes[2 * l] | (high >> 2 * l & 1) << 8];
        uint32_t second = iq3_s_grid[indexes[2 * l + 1] | (high >> (2 * l + 1) & 1) << 8];
        run_iq3_s(first, second, blocks[74 + 4 * g + l], scale, out);
      }
    }
  }
}

// Elements −1, 0, 1, moved by an eighth.
INLINED void run_iq1(uint32_t code, float delta, float scale, float *out) {
  ints lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  ints elements = ((((ints){} + (int)code) >> (2 * lanes)) & 3) - 1;
  floats products = scale * (__builtin_convertvector(elements, floats) + delta);
  memcpy(out, &products, 32);
}

CLONED void decode_iq1_s(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 50) {
    float d = f16_at(blocks);
    for (int g = 0; g < 8; g++) {
      uint32_t word = u16_at(blocks + 34 + 2 * g);
      float scale = d * (float)(2 * (int)(word >> 12 & 7) + 1);
      float delta = word & 0x8000 ? -0.125f : 0.125f;
      for (int l = 0; l < 4; l++, out += 8) {
        run_iq1(iq1_grid[blocks[2 + 4 * g + l] | (word >> 3 * l & 7) << 8], delta, scale, out);
      }
    }
  }
}

// d is spread over the top nibbles of the four scale words.
CLONED void decode_iq1_m(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 56) {
    const uint8_t *sc = blocks + 48;
    int bits = sc[1] >> 4 | (sc[3] & 0xf0) | (sc[5] & 0xf0) << 4 | (sc[7] & 0xf0) << 8;
    float d = f16_of((uint32_t)bits);
    for (int g = 0; g < 8; g++) {
      for (int l = 0; l < 4; l++, out += 8) {
        int nibble = blocks[32 + 2 * g + l / 2] >> 4 * (l & 1) & 15;
        int code = u16_at(sc + 2 * (g / 2)) >> (6 * (g & 1) + 3 * (l / 2)) & 7;
        float scale = d * (float)(2 * code + 1);
        float delta = nibble & 8 ? -0.125f : 0.125f;
        run_iq1(iq1_grid[blocks[4 * g + l] | (nibble & 7) << 8], delta, scale, out);
      }
    }
  }
}

static const float iq4_values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                     1,    13,   25,  38,  53,  69,  89,  113};

// 32 elements in 16 bytes, low nibbles first; the 16 products are made once.
INLINED void run_iq4(const uint8_t *qs, float scale, float *restrict out) {
  float products[16];
  for (int k = 0; k < 16; k++) products[k] = scale * iq4_values[k];
  for (int i = 0; i < 16; i++) {
    out[i] = products[qs[i] & 15];
    out[i + 16] = products[qs[i] >> 4];
  }
}

CLONED void decode_iq4_nl(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 18, out += 32) {
    run_iq4(blocks + 2, f16_at(blocks), out);
  }
}

CLONED void decode_iq4_xs(const uint8_t *restrict blocks, size_t count, float *restrict out) {
  for (size_t b = 0; b < count; b++, blocks += 136) {
    float d = f16_at(blocks);
    uint32_t high = u16_at(blocks + 2);
    for (int g = 0; g < 8; g++, out += 32) {
      int code = (blocks[4 + g / 2] >> 4 * (g & 1) & 15) | (int)(high >> 2 * g & 3) << 4;
      run_iq4(blocks + 8 + 16 * g, d * (float)(code - 32), out);
    }
  }
}
