// Counting bit patterns of at most 16 bits, and collecting what was counted.

#include "decode_support.h"

#include "measure.h"

void count_8(const uint8_t *restrict values, size_t count, uint32_t *restrict tables) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    uint64_t word;
    memcpy(&word, values + i, 8);
    for (int k = 0; k < 8; k++) tables[256 * k + (word >> 8 * k & 255)]++;
  }
  for (; i < count; i++) tables[values[i]]++;
}

INLINED void count_16_in(const uint16_t *values, size_t count, size_t stride, uint32_t *tables) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    uint64_t word;
    memcpy(&word, values + i, 8);
    tables[word & 0xffff]++;
    tables[stride + (word >> 16 & 0xffff)]++;
    tables[2 * stride + (word >> 32 & 0xffff)]++;
    tables[3 * stride + (word >> 48)]++;
  }
  for (; i < count; i++) tables[values[i]]++;
}

void count_16(const uint16_t *restrict values, size_t count, int repeats,
              uint32_t *restrict tables) {
  if (repeats) {
    count_16_in(values, count, 65536, tables);
  } else {
    count_16_in(values, count, 0, tables);
  }
}

CLONED size_t collect_counts(uint32_t *restrict counters, size_t size, size_t tables,
                             uint32_t *restrict keys, uint64_t *restrict counts) {
  size_t found = 0;
  // Most counters are zero: a run of them is passed over at the speed of reading.
  enum { RUN = 64 };
  for (size_t start = 0; start < size; start += RUN) {
    size_t end = start + RUN < size ? start + RUN : size;
    uint32_t any = 0;
    for (size_t t = 0; t < tables; t++) {
      for (size_t i = start; i < end; i++) any |= counters[t * size + i];
    }
    if (!any) continue;
    for (size_t i = start; i < end; i++) {
      uint64_t sum = 0;
      for (size_t t = 0; t < tables; t++) {
        sum += counters[t * size + i];
        counters[t * size + i] = 0;
      }
      if (!sum) continue;
      keys[found] = (uint32_t)i;
      counts[found++] = sum;
    }
  }
  return found;
}
