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
  BLOCK = 2048,
  // What is rarer still is looked for in groups of this many, and classified in runs of this many.
  GROUP = 256,
  RUN = 64,
  // Values that are fetched ahead of those that are counted: the stores of counting leave the memory
  // idle, and its own looking ahead ends with a page.
  AHEAD = 512,
};

static const uint32_t SIGN = 0x80000000, INFINITE = 0x7f800000, SMALLEST_NORMAL = 0x00800000;

// 2⁻¹⁴ and 2⁻⁶: below the first F16 and F8_E5M2 are subnormal, below the second F8_E4M3.
static const uint32_t TWO_M14 = 0x38800000, TWO_M6 = 0x3c800000;

// 65504, 448 and 57344, the largest numbers of F16, F8_E4M3 and F8_E5M2.
static const uint32_t F16_MAX = 0x477fe000, E4M3_MAX = 0x43e00000, E5M2_MAX = 0x47600000;

INLINED uint32_t pattern(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

INLINED float number(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

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
  uint32_t bits = pattern(value), magnitude = bits & 0x7fffffff;
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
    uint32_t magnitude = pattern(values[i]) & 0x7fffffff;
    if (magnitude != 0 && magnitude < SMALLEST_NORMAL) count_subnormal(pattern(values[i]), bins);
  }
  return zeros;
}

// What is found lane by lane in a block.
struct lanes {
  // The least magnitude; the greatest pattern, of the most negative value if there is a negative one;
  // the greatest signed pattern, of the greatest value if there is a positive one; the least tail.
  u32x16 least, greatest, low;
  i32x16 greatest_signed;
  f64x8 sum0, sum1, squares0, squares1;
};

INLINED void start(struct lanes *lanes) {
  lanes->least = lanes->low = 0xffffffff;
  lanes->greatest = 0;
  lanes->greatest_signed = INT32_MIN;
  lanes->sum0 = lanes->sum1 = lanes->squares0 = lanes->squares1 = 0;
}

INLINED void fold(const float *values, double shift, struct lanes *lanes) {
  u32x16 bits = *(const u32x16 *)(const void *)values;
  f32x16 value = *(const f32x16 *)(const void *)values;
  u32x16 magnitude = bits & 0x7fffffff, tail = bits & 0xfff;
  lanes->least = magnitude < lanes->least ? magnitude : lanes->least;
  lanes->greatest = bits > lanes->greatest ? bits : lanes->greatest;
  i32x16 signed_bits = (i32x16)bits;
  lanes->greatest_signed =
      signed_bits > lanes->greatest_signed ? signed_bits : lanes->greatest_signed;
  lanes->low = tail < lanes->low ? tail : lanes->low;
  f64x8 distance0 = __builtin_convertvector(value.lo, f64x8) - shift;
  f64x8 distance1 = __builtin_convertvector(value.hi, f64x8) - shift;
  lanes->sum0 += distance0;
  lanes->sum1 += distance1;
  lanes->squares0 += distance0 * distance0;
  lanes->squares1 += distance1 * distance1;
}

// Values that narrower types may hold, until there is a vector of them.
struct narrow_values {
  float values[16];
  int count;
};

INLINED void classify_pending(struct narrow_values *pending, struct f32_totals *totals) {
  // Zeros are not classified, so they can fill up the vector.
  for (int i = pending->count; i < 16; i++) pending->values[i] = 0;
  classify(pending->values, 16, totals);
  pending->count = 0;
}

// Classifies those of some vectors whose low 12 bits are zero: few as a rule, which are collected.
INLINED void classify_narrow(const float *values, size_t count, struct narrow_values *pending,
                             struct f32_totals *totals) {
  for (size_t i = 0; i < count; i += RUN) {
    size_t run = count - i < RUN ? count - i : RUN;
    uint64_t found = 0;
    for (size_t j = 0; j < run; j += 16) {
      u32x16 bits = *(const u32x16 *)(const void *)(values + i + j);
      boolx16 is_narrow = __builtin_convertvector(
          ((bits & 0xfff) == 0) & ((bits & 0x7fffffff) != 0), boolx16);
      uint16_t mask;
      memcpy(&mask, &is_narrow, 2);
      found |= (uint64_t)mask << j;
    }
    if (__builtin_popcountll(found) > RUN / 8) {
      classify(values + i, run, totals);
      continue;
    }
    for (; found; found &= found - 1) {
      pending->values[pending->count++] = values[i + (size_t)__builtin_ctzll(found)];
      if (pending->count == 16) classify_pending(pending, totals);
    }
  }
}

INLINED int has_narrow(const struct lanes *lanes) {
  uint32_t least = lanes->low[0];
  for (int i = 1; i < 16; i++) least = lanes->low[i] < least ? lanes->low[i] : least;
  return least == 0;
}

// Values that hardly repeat: counting keeps pace with the vectors.
INLINED void count_direct(const float *values, size_t count, double shift, int narrow,
                          struct narrow_values *pending, uint32_t *bins, struct lanes *lanes,
                          struct f32_totals *totals) {
  for (size_t i = 0; i < count; i += GROUP) {
    size_t group = count - i < GROUP ? count - i : GROUP;
    lanes->low = 0xffffffff;
    for (size_t j = i; j < i + group; j += 16) {
      for (size_t k = j; k < j + 16; k += 2) {
        uint64_t pair;
        memcpy(&pair, values + k, 8);
        bins[pair >> 16 & 0xffff]++;
        bins[BINS + (pair >> 48)]++;
      }
      __builtin_prefetch(values + j + AHEAD);
      // Loading the same values again is cheaper than taking the vector apart.
      __asm__ volatile("" ::: "memory");
      fold(values + j, shift, lanes);
    }
    if (narrow && has_narrow(lanes)) classify_narrow(values + i, group, pending, totals);
  }
}

// The bins of a block, two in a 32-bit lane: of value i and of value BLOCK / 2 + i.
typedef uint64_t block_keys[BLOCK / 4];

// Counts 32 bins of a block, of values that lie far apart in it: a counter that was just stored is
// slow to load, and neighbours are likely to share one.
INLINED void count_scattered(const uint64_t *keys, int step, uint32_t *bins) {
  // A row of eight words comes from two vectors; every step takes one word each of eight rows.
  enum { ROWS = BLOCK / 32 };
  const uint64_t *first = keys + step / (ROWS / 8) + 8 * (step % (ROWS / 8));
  for (int i = 0; i < 8; i++) {
    uint64_t four = first[ROWS * i];
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

// What lanes say of `count` values, a multiple of 16 and at most BLOCK.
INLINED void finish(const float *values, size_t count, double shift, const struct lanes *lanes,
                    uint32_t *bins, uint64_t *bits, struct f32_totals *totals) {
  uint32_t least = 0xffffffff, greatest = 0;
  int32_t greatest_signed = INT32_MIN;
  for (int i = 0; i < 16; i++) {
    if (lanes->least[i] < least) least = lanes->least[i];
    if (lanes->greatest[i] > greatest) greatest = lanes->greatest[i];
    if (lanes->greatest_signed[i] > greatest_signed) greatest_signed = lanes->greatest_signed[i];
  }
  if (greatest_signed < (int32_t)INFINITE && greatest < (SIGN | INFINITE)) {
    for (int i = 0; i < 8; i++) {
      totals->sum += lanes->sum0[i] + lanes->sum1[i];
      totals->squares += lanes->squares0[i] + lanes->squares1[i];
    }
    // Where all have the same sign the least magnitude is one end.
    float minimum = number(greatest & SIGN ? greatest : least);
    float maximum = number(greatest_signed < 0 ? SIGN | least : (uint32_t)greatest_signed);
    if (minimum < totals->minimum) totals->minimum = minimum;
    if (maximum > totals->maximum) totals->maximum = maximum;
  } else {
    for (size_t i = 0; i < count; i++) {
      uint32_t magnitude = pattern(values[i]) & 0x7fffffff;
      if (magnitude < INFINITE) measure_finite(values[i], shift, totals);
      else if (magnitude == INFINITE) totals->infinities++;
      else totals->nans++;
    }
  }
  if (least < SMALLEST_NORMAL) totals->zeros += measure_small(values, count, bins, bits);
  else memset(bits, 0, (count + 63) / 64 * 8);
}

CLONED void measure_f32(const float *restrict values, size_t count, double shift, int narrow,
                        int repeats, uint32_t *restrict bins, uint64_t *restrict bits,
                        struct f32_totals *restrict totals) {
  size_t i = 0;
  struct narrow_values pending = {{0}, 0};
  block_keys keys[2];
  const uint64_t *before = 0;
  for (int side = 0; repeats && i + BLOCK <= count; i += BLOCK, side = !side) {
    struct lanes lanes;
    start(&lanes);
    count_apart(values + i, shift, before, keys[side], bins, &lanes);
    before = keys[side];
    if (narrow && has_narrow(&lanes)) classify_narrow(values + i, BLOCK, &pending, totals);
    finish(values + i, BLOCK, shift, &lanes, bins, bits + i / 64, totals);
  }
  for (int step = 0; before && step < BLOCK / 32; step++) count_scattered(before, step, bins);
  while (i + 16 <= count) {
    size_t block = (count - i) / 16 * 16;
    if (block > BLOCK) block = BLOCK;
    struct lanes lanes;
    start(&lanes);
    count_direct(values + i, block, shift, narrow, &pending, bins, &lanes, totals);
    finish(values + i, block, shift, &lanes, bins, bits + i / 64, totals);
    i += block;
  }
  if (pending.count > 0) classify_pending(&pending, totals);
  if (i == count) return;
  memcpy(pending.values, values + i, (count - i) * 4);
  pending.count = (int)(count - i);
  if (narrow) classify_pending(&pending, totals);
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
    int is_finite = (pattern(values[i]) & 0x7fffffff) < INFINITE;
    sum += is_finite ? (double)values[i] : 0;
    finite += (size_t)is_finite;
  }
  return finite ? sum / (double)finite : 0;
}
