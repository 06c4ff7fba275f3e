// Codes out of words, and the arithmetic of packed weights.

#include "decode_support.h"

#include "decode.h"

INLINED uint64_t word_at(const uint8_t *words, size_t index, int bytes) {
  uint64_t word = 0;
  memcpy(&word, words + index * (size_t)bytes, (size_t)bytes);
  return word;
}

// Eight codes of b bits are b bytes.
CLONED void unpack_sequence(const uint8_t *restrict bytes, size_t count, int bits,
                            uint8_t *restrict codes) {
  uint64_t mask = (1u << bits) - 1;
  size_t i = 0;
  if (bits == 4) {
    for (; i + 2 <= count; i += 2) {
      codes[i] = bytes[i / 2] & 15;
      codes[i + 1] = bytes[i / 2] >> 4;
    }
  } else {
    // The load may reach 8 bytes beyond the last code; the caller pads.
    for (; i + 8 <= count; i += 8) {
      uint64_t eight = word_at(bytes + i / 8 * (size_t)bits, 0, 8);
      for (int j = 0; j < 8; j++) codes[i + j] = (uint8_t)(eight >> j * bits & mask);
    }
  }
  for (; i < count; i++) {
    size_t bit = i * (size_t)bits;
    codes[i] = (uint8_t)(word_at(bytes + bit / 8, 0, 2) >> bit % 8 & mask);
  }
}

INLINED void unpack_runs_of(const uint8_t *restrict words, size_t runs, int word_bytes,
                            const uint8_t *places, int n, int bits, uint8_t *restrict codes) {
  uint64_t mask = (1u << bits) - 1;
  for (size_t r = 0; r < runs; r++, codes += n) {
    uint64_t word = word_at(words, r, word_bytes);
    for (int j = 0; j < n; j++) codes[j] = (uint8_t)(word >> places[j] & mask);
  }
}

CLONED void unpack_runs(const uint8_t *restrict words, size_t runs, int word_bytes,
                        const uint8_t *restrict places, int n, int bits, uint8_t *restrict codes) {
  if (n == 2 && word_bytes == 1) {
    unpack_runs_of(words, runs, 1, places, 2, bits, codes);
  } else if (n == 8 && word_bytes == 4) {
    unpack_runs_of(words, runs, 4, places, 8, bits, codes);
  } else {
    unpack_runs_of(words, runs, word_bytes, places, n, bits, codes);
  }
}

INLINED void unpack_column_of(const uint8_t *restrict words, const uint8_t *restrict below,
                              size_t count, int word_bytes, int shift, int bits,
                              uint8_t *restrict codes) {
  uint64_t mask = (1u << bits) - 1;
  int left = 8 * word_bytes - shift;
  if (left >= bits) {
    for (size_t i = 0; i < count; i++) {
      codes[i] = (uint8_t)(word_at(words, i, word_bytes) >> shift & mask);
    }
  } else {
    for (size_t i = 0; i < count; i++) {
      uint64_t low = word_at(words, i, word_bytes) >> shift;
      codes[i] = (uint8_t)((low | word_at(below, i, word_bytes) << left) & mask);
    }
  }
}

CLONED void unpack_column(const uint8_t *restrict words, const uint8_t *restrict below,
                          size_t count, int word_bytes, int shift, int bits,
                          uint8_t *restrict codes) {
  switch (word_bytes) {
    case 1: unpack_column_of(words, below, count, 1, shift, bits, codes); break;
    case 2: unpack_column_of(words, below, count, 2, shift, bits, codes); break;
    case 4: unpack_column_of(words, below, count, 4, shift, bits, codes); break;
    default: unpack_column_of(words, below, count, 8, shift, bits, codes); break;
  }
}

CLONED void look_up(const uint8_t *restrict codes, size_t count, const float *restrict table,
                    float *restrict out) {
  for (size_t i = 0; i < count; i++) out[i] = table[codes[i]];
}

CLONED void subtract_from(float *restrict weights, const float *restrict values, size_t count) {
  for (size_t i = 0; i < count; i++) weights[i] -= values[i];
}

CLONED void add_to(float *restrict weights, const float *restrict values, size_t count) {
  for (size_t i = 0; i < count; i++) weights[i] += values[i];
}

CLONED void multiply_by(float *restrict weights, const float *restrict values, size_t count) {
  for (size_t i = 0; i < count; i++) weights[i] *= values[i];
}

CLONED void divide_by(float *restrict weights, const float *restrict values, size_t count) {
  for (size_t i = 0; i < count; i++) weights[i] /= values[i];
}
