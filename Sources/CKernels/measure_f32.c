// Floats in one pass: bins, extremes, moments and what narrower types would hold.

#include "decode_support.h"

#include "measure.h"

// Vectors are passed to inlined functions only, so no calling convention is at stake.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float f32x16 __attribute__((ext_vector_type(16), aligned(4)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16), aligned(4)));
typedef double f64x8 __attribute__((ext_vector_type(8)));

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

// `count` is a multiple of 16, at most BLOCK.
INLINED void measure_block(const float *values, size_t count, double shift, int narrow,
                           uint32_t *bins, struct f32_totals *totals) {
  u32x16 least = 0xffffffff, most = 0, low = 0xffffffff;
  f32x16 minimum = totals->minimum, maximum = totals->maximum;
  f64x8 sum0 = 0, sum1 = 0, squares0 = 0, squares1 = 0;
  for (size_t i = 0; i < count; i += 16) {
    u32x16 bits = *(const u32x16 *)(const void *)(values + i);
    f32x16 value = *(const f32x16 *)(const void *)(values + i);
    u32x16 magnitude = bits & 0x7fffffff, tail = bits & 0xfff;
    least = magnitude < least ? magnitude : least;
    most = magnitude > most ? magnitude : most;
    low = tail < low ? tail : low;
    minimum = value < minimum ? value : minimum;
    maximum = value > maximum ? value : maximum;
    f64x8 distance0 = __builtin_convertvector(value.lo, f64x8) - shift;
    f64x8 distance1 = __builtin_convertvector(value.hi, f64x8) - shift;
    sum0 += distance0;
    sum1 += distance1;
    squares0 += distance0 * distance0;
    squares1 += distance1 * distance1;
    for (size_t j = i; j < i + 16; j += 2) {
      uint64_t pair;
      memcpy(&pair, values + j, 8);
      bins[pair >> 16 & 0xffff]++;
      bins[BINS + (pair >> 48)]++;
    }
  }
  uint32_t smallest = 0xffffffff, largest = 0, lowest = 0xffffffff;
  for (int i = 0; i < 16; i++) {
    if (least[i] < smallest) smallest = least[i];
    if (most[i] > largest) largest = most[i];
    if (low[i] < lowest) lowest = low[i];
  }
  if (largest < INFINITE) {
    sum0 += sum1;
    squares0 += squares1;
    for (int i = 0; i < 8; i++) {
      totals->sum += sum0[i];
      totals->squares += squares0[i];
    }
    for (int i = 0; i < 16; i++) {
      if (minimum[i] < totals->minimum) totals->minimum = minimum[i];
      if (maximum[i] > totals->maximum) totals->maximum = maximum[i];
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
  if (smallest < SMALLEST_NORMAL) {
    u32x16 zeros = 0, small = 0;
    for (size_t i = 0; i < count; i += 16) {
      u32x16 magnitude = *(const u32x16 *)(const void *)(values + i) & 0x7fffffff;
      zeros -= (u32x16)(magnitude == 0);
      small -= (u32x16)(magnitude < SMALLEST_NORMAL);
    }
    uint32_t zero_count = sum_of(zeros);
    totals->zeros += zero_count;
    if (sum_of(small) > zero_count) {
      for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, 4);
        uint32_t magnitude = bits & 0x7fffffff;
        if (magnitude != 0 && magnitude < SMALLEST_NORMAL) count_subnormal(bits, bins);
      }
    }
  }
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
                        uint32_t *restrict bins, struct f32_totals *restrict totals) {
  size_t i = 0;
  while (i + 16 <= count) {
    size_t block = (count - i) / 16 * 16;
    if (block > BLOCK) block = BLOCK;
    measure_block(values + i, block, shift, narrow, bins, totals);
    i += block;
  }
  if (i == count) return;
  // Zeros are not classified, so they can fill up the last vector.
  float rest[16] = {0};
  memcpy(rest, values + i, (count - i) * 4);
  if (narrow) classify(rest, 16, totals);
  for (; i < count; i++) measure_one(values[i], shift, bins, totals);
}

double mean_f32(const float *restrict values, size_t count) {
  double sum = 0;
  size_t finite = 0;
  for (size_t i = 0; i < count; i++) {
    if (!__builtin_isfinite(values[i])) continue;
    sum += values[i];
    finite++;
  }
  return finite ? sum / (double)finite : 0;
}
