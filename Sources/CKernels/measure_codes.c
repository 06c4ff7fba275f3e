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
  // Values of a line of the cache, and how far ahead lines are fetched: see measure_f32.
  enum { LINE = 32, AHEAD = 1024 };
  size_t i = 0;
  for (; i + LINE <= count; i += LINE) {
    __builtin_prefetch(values + i + AHEAD);
    for (size_t j = i; j < i + LINE; j += 4) {
      uint64_t word;
      memcpy(&word, values + j, 8);
      tables[word & 0xffff]++;
      tables[stride + (word >> 16 & 0xffff)]++;
      tables[2 * stride + (word >> 32 & 0xffff)]++;
      tables[3 * stride + (word >> 48)]++;
    }
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

CLONED int all_end_in_13_zeros(const uint32_t *values, size_t count) {
  enum { RUN = 64 };
  for (size_t start = 0; start < count; start += RUN) {
    size_t end = start + RUN < count ? start + RUN : count;
    uint32_t any = 0;
    for (size_t i = start; i < end; i++) any |= values[i];
    if (any & 0x1fff) return 0;
  }
  return 1;
}

void count_19(const uint32_t *restrict values, size_t count, uint32_t *restrict tables) {
  size_t i = 0;
  for (; i + 2 <= count; i += 2) {
    tables[values[i] >> 13]++;
    tables[PATTERNS_19 + (values[i + 1] >> 13)]++;
  }
  if (i < count) tables[values[i] >> 13]++;
}

void count_block_codes(const uint8_t *restrict blocks, size_t count,
                       uint64_t histogram[restrict 33], uint64_t near[restrict 3]) {
  // The block in which a code was seen last, so that nothing has to be cleared between blocks.
  uint32_t seen_in[256] = {0}, number = 0;
  for (size_t b = 0; b < count; b += 8) {
    const uint8_t *codes = blocks + 34 * b + 2;
    uint32_t distinct = 0, magnitudes[4] = {0};
    number++;
    for (int i = 0; i < 32; i++) {
      distinct += seen_in[codes[i]] != number;
      seen_in[codes[i]] = number;
      int code = (int8_t)codes[i], magnitude = code < 0 ? -code : code;
      magnitudes[magnitude < 3 ? magnitude : 3]++;
    }
    histogram[distinct]++;
    for (int m = 0; m < 3; m++) near[m] += magnitudes[m];
  }
}

CLONED void count_near_zero(const float *restrict values, size_t count, float step,
                            uint64_t near[restrict 3]) {
  uint32_t zeros = 0, ones = 0, twos = 0;
  for (size_t i = 0; i < count; i++) {
    float magnitude = __builtin_fabsf(values[i]);
    zeros += magnitude == 0;
    ones += magnitude == __builtin_fabsf(step);
    twos += magnitude == __builtin_fabsf(2 * step);
  }
  near[0] += zeros;
  near[1] += ones;
  near[2] += twos;
}

void count_code_use(const float *restrict values, size_t count, float step,
                    uint64_t use[restrict 2]) {
  enum { MOST = 32 };
  uint8_t counts[256] = {0}, places[MOST];
  if (count > MOST) count = MOST;
  for (size_t i = 0; i < count; i++) {
    float code = values[i] / step;
    code = code < -128 ? -128 : code > 127 ? 127 : code == code ? code : 0;
    places[i] = (uint8_t)((int)(code + 128.5f));
    counts[places[i]]++;
  }
  // 1 shares its pair with zero, which has reasons of its own.
  counts[128] = counts[129] = 0;
  for (size_t i = 0; i < count; i++) {
    int even = places[i] & ~1, a = counts[even], b = counts[even + 1], both = a + b;
    if (!both) continue;
    use[0] += (uint64_t)(a > 0) + (uint64_t)(b > 0);
    // 2 · (1 − 2⁻ⁿ) of n values.
    use[1] += 512 - (512u >> (both < 10 ? both : 10));
    counts[even] = counts[even + 1] = 0;
  }
}

void count_near_codes(const float *restrict weights, size_t count, uint64_t near[restrict 3]) {
  // More steps than codes of 4 bits have, and what rounding may add to a whole number of them.
  enum { RUN = 32, EVERY = 8, FAR = 32 };
  static const float tolerance = 0.01f;
  for (size_t start = 0; start + RUN <= count; start += RUN * EVERY) {
    const float *run = weights + start;
    float largest = 0, step = __builtin_inff();
    for (int i = 0; i < RUN; i++) {
      float magnitude = __builtin_fabsf(run[i]);
      largest = magnitude > largest ? magnitude : largest;
    }
    for (int i = 0; i < RUN; i++) {
      float magnitude = __builtin_fabsf(run[i]);
      if (magnitude > largest / 30 && magnitude < step) step = magnitude;
    }
    uint32_t found[3] = {0}, far = 0, whole = 0;
    for (int i = 0; i < RUN; i++) {
      float ratio = __builtin_fabsf(run[i]) / step;
      float steps = ratio < FAR ? ratio : FAR, code = (float)(int)(steps + 0.5f);
      whole += __builtin_fabsf(steps - code) < tolerance;
      far += code >= 2;
      for (int k = 0; k < 3; k++) found[k] += code == (float)k;
    }
    if (whole < RUN || far < 2) continue;
    for (int k = 0; k < 3; k++) near[k] += found[k];
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
