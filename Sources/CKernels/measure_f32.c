// Floats in one pass: bins, extremes, moments and what narrower types would hold.

#include "decode_support.h"

#include "measure.h"

// Vectors are passed to inlined functions only, so no calling convention is at stake.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float f32x16 __attribute__((ext_vector_type(16), aligned(4)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16), aligned(4)));
typedef double f64x8 __attribute__((ext_vector_type(8)));
typedef _Bool boolx16 __attribute__((ext_vector_type(16)));

enum {
  // Values that are looked at together: what is rare is looked for again only where a block has any.
  BLOCK = 1024,
  // What is rarer still is classified in runs of this many.
  RUN = 64,
};

static const uint32_t INFINITE = 0x7f800000, SMALLEST_NORMAL = 0x00800000;

// 2⁻¹⁴ and 2⁻⁶: below the first F16 and F8_E5M2 are subnormal, below the second F8_E4M3.
static const uint32_t TWO_M14 = 0x38800000, TWO_M6 = 0x3c800000;

// 65504, 448 and 57344, the largest numbers of F16, F8_E4M3 and F8_E5M2.
static const uint32_t F16_MAX = 0x477fe000, E4M3_MAX = 0x43e00000, E5M2_MAX = 0x47600000;

INLINED uint32_t sum_of(u32x16 lanes) {
  uint32_t sum = 0;
  for (int i = 0; i < 16; i++) sum += lanes[i];
  return sum;
}

INLINED void count_subnormal(uint32_t bits, uint32_t *bins) {
  uint32_t mantissa = bits & 0x7fffff;
  int octave = 31 - __builtin_clz(mantissa);
  uint32_t fraction = (mantissa << (23 - octave)) >> 16 & 127;
  bins[2 * BINS + (bits >> 31) * (SUBNORMAL_BINS / 2) + (uint32_t)octave * 128 + fraction]++;
}

// Values of which the low `zero_bits` are zero, up to `largest`, and that below `normal` are
// multiples of 1/`unit`.
INLINED i32x16 held_exactly(f32x16 value, u32x16 bits, int zero_bits, uint32_t largest,
                            uint32_t normal, float unit) {
  u32x16 magnitude = bits & 0x7fffffff;
  i32x16 is_normal = (i32x16)(magnitude >= normal);
  f32x16 scaled = is_normal ? (f32x16)0 : value * unit;
  i32x16 is_whole =
      (i32x16)(__builtin_convertvector(__builtin_convertvector(scaled, i32x16), f32x16) == scaled);
  return (i32x16)((bits & ((1u << zero_bits) - 1)) == 0) & (i32x16)(magnitude <= largest) &
         (is_normal | is_whole);
}

INLINED void classify(const float *values, size_t count, struct f32_totals *totals) {
  u32x16 low[12], f16 = 0, e4m3 = 0, e5m2 = 0;
  for (int k = 0; k < 12; k++) low[k] = 0;
  for (size_t i = 0; i < count; i += 16) {
    u32x16 bits = *(const u32x16 *)(const void *)(values + i);
    f32x16 value = *(const f32x16 *)(const void *)(values + i);
    u32x16 magnitude = bits & 0x7fffffff;
    u32x16 live = (u32x16)((magnitude != 0) & (magnitude < INFINITE));
    for (int k = 0; k < 12; k++) low[k] -= live & (u32x16)((bits & ((4096u << k) - 1)) == 0);
    f16 -= live & (u32x16)held_exactly(value, bits, 13, F16_MAX, TWO_M14, 0x1p24f);
    e4m3 -= live & (u32x16)held_exactly(value, bits, 20, E4M3_MAX, TWO_M6, 0x1p9f);
    e5m2 -= live & (u32x16)held_exactly(value, bits, 21, E5M2_MAX, TWO_M14, 0x1p16f);
  }
  for (int k = 0; k < 12; k++) totals->low_zeros[k] += sum_of(low[k]);
  totals->float16 += sum_of(f16);
  totals->f8e4m3 += sum_of(e4m3);
  totals->f8e5m2 += sum_of(e5m2);
}

INLINED void measure_finite(float value, double shift, struct f32_totals *totals) {
  double distance = (double)value - shift;
  totals->sum += distance;
  totals->squares += distance * distance;
  if (value < totals->minimum) totals->minimum = value;
  if (value > totals->maximum) totals->maximum = value;
}

INLINED void measure_one(float value, double shift, uint32_t *bins, struct f32_totals *totals) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint32_t magnitude = bits & 0x7fffffff;
  bins[bits >> 16]++;
  if (magnitude > INFINITE) {
    totals->nans++;
  } else if (magnitude == INFINITE) {
    totals->infinities++;
  } else {
    measure_finite(value, shift, totals);
    if (magnitude == 0) totals->zeros++;
    else if (magnitude < SMALLEST_NORMAL) count_subnormal(bits, bins);
  }
}

// A bit for each of 16 values: whether its magnitude is below a pattern.
INLINED uint64_t bits_below(const float *values, uint32_t limit) {
  u32x16 magnitude = *(const u32x16 *)(const void *)values & 0x7fffffff;
  boolx16 below = __builtin_convertvector(magnitude < limit, boolx16);
  uint16_t bits;
  memcpy(&bits, &below, 2);
  return bits;
}

// Zeros and subnormal values of a block that has any. Returns the zeros.
INLINED uint64_t measure_small(const float *values, size_t count, uint32_t *bins, uint64_t *bits) {
  uint64_t zeros = 0, small = 0;
  for (size_t i = 0; i < count; i += 64) {
    size_t run = count - i < 64 ? count - i : 64;
    uint64_t word = 0, small_word = 0;
    for (size_t j = 0; j < run; j += 16) {
      word |= bits_below(values + i + j, 1) << j;
      small_word |= bits_below(values + i + j, SMALLEST_NORMAL) << j;
    }
    bits[i / 64] = word;
    zeros += (uint64_t)__builtin_popcountll(word);
    small += (uint64_t)__builtin_popcountll(small_word);
  }
  if (small == zeros) return zeros;
  for (size_t i = 0; i < count; i++) {
    uint32_t pattern;
    memcpy(&pattern, values + i, 4);
    uint32_t magnitude = pattern & 0x7fffffff;
    if (magnitude != 0 && magnitude < SMALLEST_NORMAL) count_subnormal(pattern, bins);
  }
  return zeros;
}

// What is found lane by lane in a block.
struct lanes {
  u32x16 least, most, low;
  f32x16 minimum, maximum;
  f64x8 sum0, sum1, squares0, squares1;
};

INLINED void start(struct lanes *lanes) {
  lanes->least = lanes->low = 0xffffffff;
  lanes->most = 0;
  lanes->minimum = __builtin_inff();
  lanes->maximum = -__builtin_inff();
  lanes->sum0 = lanes->sum1 = lanes->squares0 = lanes->squares1 = 0;
}

INLINED void fold(const float *values, double shift, struct lanes *lanes) {
  u32x16 bits = *(const u32x16 *)(const void *)values;
  f32x16 value = *(const f32x16 *)(const void *)values;
  u32x16 magnitude = bits & 0x7fffffff, tail = bits & 0xfff;
  lanes->least = magnitude < lanes->least ? magnitude : lanes->least;
  lanes->most = magnitude > lanes->most ? magnitude : lanes->most;
  lanes->low = tail < lanes->low ? tail : lanes->low;
  lanes->minimum = value < lanes->minimum ? value : lanes->minimum;
  lanes->maximum = value > lanes->maximum ? value : lanes->maximum;
  f64x8 distance0 = __builtin_convertvector(value.lo, f64x8) - shift;
  f64x8 distance1 = __builtin_convertvector(value.hi, f64x8) - shift;
  lanes->sum0 += distance0;
  lanes->sum1 += distance1;
  lanes->squares0 += distance0 * distance0;
  lanes->squares1 += distance1 * distance1;
}

// Values that hardly repeat: counting keeps pace with the vectors.
INLINED void count_direct(const float *values, size_t count, double shift, uint32_t *bins,
                          struct lanes *lanes) {
  for (size_t i = 0; i < count; i += 16) {
    fold(values + i, shift, lanes);
    // Loading the same values again is cheaper than taking the vector apart.
    __asm__ volatile("" ::: "memory");
    for (size_t j = i; j < i + 16; j += 2) {
      uint64_t pair;
      memcpy(&pair, values + j, 8);
      bins[pair >> 16 & 0xffff]++;
      bins[BINS + (pair >> 48)]++;
    }
  }
}

// The bins of a block, two in a 32-bit lane: of value i and of value BLOCK / 2 + i.
typedef uint64_t block_keys[BLOCK / 4];

// Counts 32 bins of a block, of values that lie far apart in it: a counter that was just stored is
// slow to load, and neighbours are likely to share one.
INLINED void count_scattered(const uint64_t *keys, int step, uint32_t *bins) {
  const uint64_t *first = keys + step / 4 + 8 * (step % 4);
  for (int i = 0; i < 8; i++) {
    uint64_t four = first[32 * i];
    bins[four & 0xffff]++;
    bins[BINS + (four >> 16 & 0xffff)]++;
    bins[four >> 32 & 0xffff]++;
    bins[BINS + (four >> 48)]++;
  }
}

// Values that repeat, as decoded ones and zeros do. The bins of the block before are counted
// meanwhile; zeros go in turn to the 128 bins that are not asked for.
INLINED void count_apart(const float *values, double shift, const uint64_t *before, uint64_t *keys,
                         uint32_t *bins, struct lanes *lanes) {
  const u32x16 place = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (int i = 0; i < BLOCK / 32; i++) {
    fold(values + 16 * i, shift, lanes);
    fold(values + BLOCK / 2 + 16 * i, shift, lanes);
    u32x16 a = *(const u32x16 *)(const void *)(values + 16 * i);
    u32x16 b = *(const u32x16 *)(const void *)(values + BLOCK / 2 + 16 * i);
    u32x16 turn = (place + (uint32_t)(16 * (i % 8))) << 16;
    a = (a & 0x7fffffff) == 0 ? turn : a;
    b = (b & 0x7fffffff) == 0 ? turn : b;
    *(u32x16 *)(void *)(keys + 8 * i) = a >> 16 | (b & 0xffff0000);
    if (before) count_scattered(before, i, bins);
  }
}

// What lanes say of `count` values, a multiple of 16 and at most BLOCK, and what is rare.
INLINED void finish(const float *values, size_t count, double shift, int narrow,
                    const struct lanes *lanes, uint32_t *bins, uint64_t *bits,
                    struct f32_totals *totals) {
  uint32_t smallest = 0xffffffff, largest = 0, lowest = 0xffffffff;
  for (int i = 0; i < 16; i++) {
    if (lanes->least[i] < smallest) smallest = lanes->least[i];
    if (lanes->most[i] > largest) largest = lanes->most[i];
    if (lanes->low[i] < lowest) lowest = lanes->low[i];
  }
  if (largest < INFINITE) {
    for (int i = 0; i < 8; i++) {
      totals->sum += lanes->sum0[i] + lanes->sum1[i];
      totals->squares += lanes->squares0[i] + lanes->squares1[i];
    }
    for (int i = 0; i < 16; i++) {
      if (lanes->minimum[i] < totals->minimum) totals->minimum = lanes->minimum[i];
      if (lanes->maximum[i] > totals->maximum) totals->maximum = lanes->maximum[i];
    }
  } else {
    for (size_t i = 0; i < count; i++) {
      uint32_t bits;
      memcpy(&bits, values + i, 4);
      uint32_t magnitude = bits & 0x7fffffff;
      if (magnitude < INFINITE) measure_finite(values[i], shift, totals);
      else if (magnitude == INFINITE) totals->infinities++;
      else totals->nans++;
    }
  }
  if (smallest < SMALLEST_NORMAL) totals->zeros += measure_small(values, count, bins, bits);
  else memset(bits, 0, (count + 63) / 64 * 8);
  if (narrow && lowest == 0) {
    for (size_t i = 0; i < count; i += RUN) {
      size_t run = count - i < RUN ? count - i : RUN;
      u32x16 any = 0;
      for (size_t j = i; j < i + run; j += 16) {
        u32x16 bits = *(const u32x16 *)(const void *)(values + j);
        any |= (u32x16)((bits & 0xfff) == 0) & (u32x16)((bits & 0x7fffffff) != 0);
      }
      uint32_t is_any = 0;
      for (int lane = 0; lane < 16; lane++) is_any |= any[lane];
      if (is_any) classify(values + i, run, totals);
    }
  }
}

CLONED void measure_f32(const float *restrict values, size_t count, double shift, int narrow,
                        int repeats, uint32_t *restrict bins, uint64_t *restrict bits,
                        struct f32_totals *restrict totals) {
  size_t i = 0;
  block_keys keys[2];
  const uint64_t *before = 0;
  for (int side = 0; repeats && i + BLOCK <= count; i += BLOCK, side = !side) {
    struct lanes lanes;
    start(&lanes);
    count_apart(values + i, shift, before, keys[side], bins, &lanes);
    before = keys[side];
    finish(values + i, BLOCK, shift, narrow, &lanes, bins, bits + i / 64, totals);
  }
  for (int step = 0; before && step < BLOCK / 32; step++) count_scattered(before, step, bins);
  while (i + 16 <= count) {
    size_t block = (count - i) / 16 * 16;
    if (block > BLOCK) block = BLOCK;
    struct lanes lanes;
    start(&lanes);
    count_direct(values + i, block, shift, bins, &lanes);
    finish(values + i, block, shift, narrow, &lanes, bins, bits + i / 64, totals);
    i += block;
  }
  if (i == count) return;
  // Zeros are not classified, so they can fill up the last vector.
  float rest[16] = {0};
  memcpy(rest, values + i, (count - i) * 4);
  if (narrow) classify(rest, 16, totals);
  if (i % 64 == 0) bits[i / 64] = 0;
  for (; i < count; i++) {
    measure_one(values[i], shift, bins, totals);
    bits[i / 64] |= (uint64_t)(values[i] == 0) << i % 64;
  }
}

CLONED double mean_f32(const float *restrict values, size_t count) {
  double sum = 0;
  size_t finite = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, values + i, 4);
    int is_finite = (bits & 0x7fffffff) < INFINITE;
    sum += is_finite ? (double)values[i] : 0;
    finite += (size_t)is_finite;
  }
  return finite ? sum / (double)finite : 0;
}
