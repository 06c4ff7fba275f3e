// Codes out of words, and the arithmetic of packed weights.

#include "decode_support.h"

#include "decode.h"

INLINED uint64_t word_at(const uint8_t *words, size_t index, int bytes) {
  uint64_t word = 0;
  memcpy(&word, words + index * (size_t)bytes, (size_t)bytes);
  return word;
}

// Eight codes of b bits are b bytes.
CLONED void packed_sequence(const uint8_t *restrict bytes, size_t count, int bits,
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

INLINED void runs_of(const uint8_t *restrict words, size_t runs, int word_bytes,
                            const uint8_t *places, int n, int bits, uint8_t *restrict codes) {
  uint64_t mask = (1u << bits) - 1;
  for (size_t r = 0; r < runs; r++, codes += n) {
    uint64_t word = word_at(words, r, word_bytes);
    for (int j = 0; j < n; j++) codes[j] = (uint8_t)(word >> places[j] & mask);
  }
}

CLONED void packed_runs(const uint8_t *restrict words, size_t runs, int word_bytes,
                        const uint8_t *restrict places, int n, int bits, uint8_t *restrict codes) {
  if (n == 2 && word_bytes == 1) {
    runs_of(words, runs, 1, places, 2, bits, codes);
  } else if (n == 8 && word_bytes == 4) {
    runs_of(words, runs, 4, places, 8, bits, codes);
  } else {
    runs_of(words, runs, word_bytes, places, n, bits, codes);
  }
}

INLINED void column_of(const uint8_t *restrict words, const uint8_t *restrict below,
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

CLONED void packed_column(const uint8_t *restrict words, const uint8_t *restrict below,
                          size_t count, int word_bytes, int shift, int bits,
                          uint8_t *restrict codes) {
  switch (word_bytes) {
    case 1: column_of(words, below, count, 1, shift, bits, codes); break;
    case 2: column_of(words, below, count, 2, shift, bits, codes); break;
    case 4: column_of(words, below, count, 4, shift, bits, codes); break;
    default: column_of(words, below, count, 8, shift, bits, codes); break;
  }
}

// Exchanges the parts under `mask` of one word with those `shift` bits higher in the other.
INLINED void exchange(uint64_t *low, uint64_t *high, int shift, uint64_t mask) {
  uint64_t differing = (*low >> shift ^ *high) & mask;
  *high ^= differing;
  *low ^= differing << shift;
}

// Eight words of eight bytes as an 8 × 8 matrix: halves, quarters, then bytes change places.
INLINED void transpose_8x8(const uint8_t *from, size_t stride, uint8_t *to, size_t to_stride) {
  uint64_t x[8];
  for (size_t i = 0; i < 8; i++) x[i] = word_at(from + i * stride, 0, 8);
  for (int i = 0; i < 4; i++) exchange(&x[i], &x[i + 4], 32, 0x00000000ffffffff);
  for (int i = 0; i < 8; i += i & 1 ? 3 : 1) exchange(&x[i], &x[i + 2], 16, 0x0000ffff0000ffff);
  for (int i = 0; i < 8; i += 2) exchange(&x[i], &x[i + 1], 8, 0x00ff00ff00ff00ff);
  for (size_t i = 0; i < 8; i++) memcpy(to + i * to_stride, &x[i], 8);
}

CLONED void packed_transpose(const uint8_t *restrict from, size_t rows, size_t columns,
                            uint8_t *restrict to) {
  size_t whole_rows = rows / 8 * 8, whole_columns = columns / 8 * 8;
  // 64 rows at a time fill whole cache lines of the result.
  for (size_t first = 0; first < whole_rows; first += 64) {
    size_t last = first + 64 < whole_rows ? first + 64 : whole_rows;
    for (size_t c = 0; c < whole_columns; c += 8) {
      for (size_t r = first; r < last; r += 8) {
        transpose_8x8(from + r * columns + c, columns, to + c * rows + r, rows);
      }
    }
  }
  for (size_t r = 0; r < rows; r++) {
    for (size_t c = r < whole_rows ? whole_columns : 0; c < columns; c++) {
      to[c * rows + r] = from[r * columns + c];
    }
  }
}

CLONED void packed_look_up(const uint8_t *restrict codes, size_t count, const float *restrict table,
                    float *restrict out) {
  for (size_t i = 0; i < count; i++) out[i] = table[codes[i]];
}

CLONED void packed_subtract(float *restrict weights, const float *restrict values, size_t count) {
  for (size_t i = 0; i < count; i++) weights[i] -= values[i];
}

CLONED void packed_add(float *restrict weights, const float *restrict values, size_t count) {
  for (size_t i = 0; i < count; i++) weights[i] += values[i];
}

CLONED void packed_multiply(float *restrict weights, const float *restrict values, size_t count) {
  for (size_t i = 0; i < count; i++) weights[i] *= values[i];
}

CLONED void packed_divide(float *restrict weights, const float *restrict values, size_t count) {
  for (size_t i = 0; i < count; i++) weights[i] /= values[i];
}
