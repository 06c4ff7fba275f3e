// What pairs of numbers have in common, and how they differ.

#include "decode_support.h"

#include "compare.h"

// Adds pairs one after another in float64, whatever they are.
#define COMPARE_ONE_BY_ONE(NAME, TYPE)                                                             \
  void NAME(const TYPE *restrict a, const TYPE *restrict b, size_t count,                          \
            struct pair_sums *restrict sums) {                                                     \
    for (size_t i = 0; i < count; i++) {                                                           \
      double x = a[i], y = b[i], d = y - x, distance = __builtin_fabs(d);                          \
      sums->identical += (x == y) | ((x != x) & (y != y));                                         \
      sums->sign_flips += ((x < 0) & (y > 0)) | ((x > 0) & (y < 0));                               \
      sums->zeros_a += x == 0;                                                                     \
      sums->zeros_b += y == 0;                                                                     \
      sums->zeros_both += (x == 0) & (y == 0);                                                     \
      if (!__builtin_isfinite(x) || !__builtin_isfinite(y)) {                                      \
        sums->not_finite++;                                                                        \
        sums->not_finite_identical += (x == y) | ((x != x) & (y != y));                            \
        continue;                                                                                  \
      }                                                                                            \
      sums->difference += distance;                                                                \
      sums->squared_difference += d * d;                                                           \
      if (distance > sums->greatest_difference) sums->greatest_difference = distance;              \
      sums->a += x;                                                                                \
      sums->b += y;                                                                                \
      sums->aa += x * x;                                                                           \
      sums->bb += y * y;                                                                           \
      sums->ab += x * y;                                                                           \
      if (y == 0) sums->removed += __builtin_fabs(x);                                              \
    }                                                                                              \
  }

static COMPARE_ONE_BY_ONE(compare_f32_one_by_one, float)
COMPARE_ONE_BY_ONE(compare_f64, double)

static void add(const struct pair_sums *part, struct pair_sums *sums) {
  sums->difference += part->difference;
  sums->squared_difference += part->squared_difference;
  if (part->greatest_difference > sums->greatest_difference)
    sums->greatest_difference = part->greatest_difference;
  sums->a += part->a;
  sums->b += part->b;
  sums->aa += part->aa;
  sums->bb += part->bb;
  sums->ab += part->ab;
  sums->removed += part->removed;
  sums->not_finite += part->not_finite;
  sums->not_finite_identical += part->not_finite_identical;
  sums->identical += part->identical;
  sums->sign_flips += part->sign_flips;
  sums->zeros_a += part->zeros_a;
  sums->zeros_b += part->zeros_b;
  sums->zeros_both += part->zeros_both;
}

// Pairs of float32, sixteen at a time. Sums of a span are taken in float32, which rounds them by some
// 10⁻⁸ where they are many, and those of spans in float64; fewer pairs go one by one.
typedef float floats __attribute__((ext_vector_type(16)));
typedef int32_t float_masks __attribute__((ext_vector_type(16)));
typedef double wide_floats __attribute__((ext_vector_type(16)));

enum {
  SPAN = 512,
  // Runs are short, so that one value that is not finite costs little and counts fit 32 bits.
  RUN = 4096,
};

// Below this a sum of squares may have lost more than it has: squares under 2⁻¹²⁶ are rounded to
// multiples of 2⁻¹⁴⁹, and there are at most 2¹² of them.
static const double LEAST_SQUARES = 0x1p-110;

#define SUM_16(v)                                                                                  \
  ((((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))) +                           \
   (((v[8] + v[9]) + (v[10] + v[11])) + ((v[12] + v[13]) + (v[14] + v[15]))))

#define COUNT_16(masks) (-(SUM_16(masks)))

// Sums and counts of at most RUN pairs. Returns whether they hold: not where a number is not finite,
// or has a square that float32 has not.
INLINED int compare_run(const float *a, const float *b, size_t count, struct pair_sums *sums) {
  wide_floats difference = {0}, squared = {0}, sum_a = {0}, sum_b = {0};
  wide_floats aa = {0}, bb = {0}, ab = {0};
  floats most = {0};
  float_masks identical = {0}, flips = {0}, zeros_a = {0}, zeros_b = {0}, zeros_both = {0};
  for (size_t start = 0; start < count; start += SPAN) {
    size_t end = start + SPAN < count ? start + SPAN : count;
    floats f_difference = {0}, f_squared = {0}, f_a = {0}, f_b = {0};
    floats f_aa = {0}, f_bb = {0}, f_ab = {0};
    for (size_t i = start; i < end; i += 16) {
      floats x, y;
      if (i + 16 <= end) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
      } else {
        x = y = 0;
        memcpy(&x, a + i, (end - i) * 4);
        memcpy(&y, b + i, (end - i) * 4);
      }
      floats d = y - x, distance = __builtin_elementwise_abs(d);
      f_difference += distance;
      f_squared += d * d;
      most = distance > most ? distance : most;
      f_a += x;
      f_b += y;
      f_aa += x * x;
      f_bb += y * y;
      f_ab += x * y;
      float_masks zero_x = x == 0, zero_y = y == 0;
      identical += x == y;
      flips += (((float_masks)x ^ (float_masks)y) < 0) & ~(zero_x | zero_y);
      zeros_a += zero_x;
      zeros_b += zero_y;
      zeros_both += zero_x & zero_y;
    }
    difference += __builtin_convertvector(f_difference, wide_floats);
    squared += __builtin_convertvector(f_squared, wide_floats);
    sum_a += __builtin_convertvector(f_a, wide_floats);
    sum_b += __builtin_convertvector(f_b, wide_floats);
    aa += __builtin_convertvector(f_aa, wide_floats);
    bb += __builtin_convertvector(f_bb, wide_floats);
    ab += __builtin_convertvector(f_ab, wide_floats);
  }
  // The zeros that filled up the last vector.
  uint64_t filled = (16 - count % 16) % 16;
  sums->difference = SUM_16(difference);
  sums->squared_difference = SUM_16(squared);
  for (int lane = 0; lane < 16; lane++)
    if (most[lane] > sums->greatest_difference) sums->greatest_difference = most[lane];
  sums->a = SUM_16(sum_a);
  sums->b = SUM_16(sum_b);
  sums->aa = SUM_16(aa);
  sums->bb = SUM_16(bb);
  sums->ab = SUM_16(ab);
  sums->identical = (uint64_t)COUNT_16(identical) - filled;
  sums->sign_flips = (uint64_t)COUNT_16(flips);
  sums->zeros_a = (uint64_t)COUNT_16(zeros_a) - filled;
  sums->zeros_b = (uint64_t)COUNT_16(zeros_b) - filled;
  sums->zeros_both = (uint64_t)COUNT_16(zeros_both) - filled;
  return __builtin_isfinite(sums->squared_difference + sums->aa + sums->bb) &&
         (sums->squared_difference >= LEAST_SQUARES || sums->identical == count) &&
         (sums->aa >= LEAST_SQUARES || sums->zeros_a == count) &&
         (sums->bb >= LEAST_SQUARES || sums->zeros_b == count);
}

// The greatest difference as float64 has it.
INLINED double greatest_difference(const float *a, const float *b, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; i++) {
    double distance = __builtin_fabs((double)b[i] - (double)a[i]);
    most = distance > most ? distance : most;
  }
  return most;
}

// The magnitudes of what became zero.
INLINED double removed(const float *a, const float *b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++)
    if (b[i] == 0) sum += __builtin_fabs((double)a[i]);
  return sum;
}

CLONED void compare_f32(const float *restrict a, const float *restrict b, size_t count,
                        struct pair_sums *restrict sums) {
  for (size_t i = 0; i < count; i += RUN) {
    size_t run = count - i < RUN ? count - i : RUN;
    struct pair_sums part = {0};
    if (run < SPAN || !compare_run(a + i, b + i, run, &part)) {
      compare_f32_one_by_one(a + i, b + i, run, sums);
      continue;
    }
    // float32 rounds a difference by 2⁻²⁴ of it.
    if (part.greatest_difference * (1 + 0x1p-22) >= sums->greatest_difference)
      part.greatest_difference = greatest_difference(a + i, b + i, run);
    if (part.zeros_b != part.zeros_both) part.removed = removed(a + i, b + i, run);
    add(&part, sums);
  }
}
