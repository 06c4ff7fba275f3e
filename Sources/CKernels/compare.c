#include "decode_support.h"

#include "compare.h"

typedef double lanes __attribute__((vector_size(64)));
typedef int64_t lane_masks __attribute__((vector_size(64)));
typedef float narrow_lanes __attribute__((vector_size(32)));

// Macros, since vectors as arguments would tie the code to one level of CPU.
#define SUM(v) (((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])))

#define LOAD_F32(values)                                                                           \
  ({                                                                                               \
    narrow_lanes narrow_;                                                                          \
    memcpy(&narrow_, (values), sizeof narrow_);                                                    \
    __builtin_convertvector(narrow_, lanes);                                                       \
  })

#define LOAD_F64(values)                                                                           \
  ({                                                                                               \
    lanes wide_;                                                                                   \
    memcpy(&wide_, (values), sizeof wide_);                                                        \
    wide_;                                                                                         \
  })

// Clang keeps the sums in registers only where they are separate variables.
#define STEP(x, y)                                                                                 \
  do {                                                                                             \
    lanes a_ = (x), b_ = (y), d_ = b_ - a_;                                                        \
    lanes distance_ = __builtin_elementwise_abs(d_);                                               \
    difference += distance_;                                                                       \
    squared += d_ * d_;                                                                            \
    lane_masks is_greater_ = distance_ > most;                                                     \
    most = (lanes)((is_greater_ & (lane_masks)distance_) | (~is_greater_ & (lane_masks)most));     \
    sum_a += a_;                                                                                   \
    sum_b += b_;                                                                                   \
    aa += a_ * a_;                                                                                 \
    bb += b_ * b_;                                                                                 \
    ab += a_ * b_;                                                                                 \
  } while (0)

// Sums of pairs that are all finite; where they are not, so is the sum of squares.
#define SUMS(NAME, TYPE, LOAD)                                                                     \
  INLINED struct pair_sums NAME(const TYPE *a, const TYPE *b, size_t count) {                      \
    lanes difference = {0}, squared = {0}, most = {0}, sum_a = {0}, sum_b = {0};                   \
    lanes aa = {0}, bb = {0}, ab = {0};                                                            \
    size_t i = 0;                                                                                  \
    for (; i + 8 <= count; i += 8) STEP(LOAD(a + i), LOAD(b + i));                                 \
    if (i < count) {                                                                               \
      TYPE rest_a[8] = {0}, rest_b[8] = {0};                                                       \
      memcpy(rest_a, a + i, (count - i) * sizeof *a);                                              \
      memcpy(rest_b, b + i, (count - i) * sizeof *b);                                              \
      STEP(LOAD(rest_a), LOAD(rest_b));                                                            \
    }                                                                                              \
    struct pair_sums sums = {0};                                                                   \
    sums.difference = SUM(difference);                                                             \
    sums.squared_difference = SUM(squared);                                                        \
    for (int lane = 0; lane < 8; lane++)                                                           \
      if (most[lane] > sums.greatest_difference) sums.greatest_difference = most[lane];            \
    sums.a = SUM(sum_a);                                                                           \
    sums.b = SUM(sum_b);                                                                           \
    sums.aa = SUM(aa);                                                                             \
    sums.bb = SUM(bb);                                                                             \
    sums.ab = SUM(ab);                                                                             \
    return sums;                                                                                   \
  }

SUMS(sums_f32, float, LOAD_F32)
SUMS(sums_f64, double, LOAD_F64)

// The same, one after another, for the rare run of pairs with something that is not finite.
#define CAREFUL_SUMS(NAME, TYPE)                                                                   \
  static struct pair_sums NAME(const TYPE *a, const TYPE *b, size_t count) {                       \
    struct pair_sums sums = {0};                                                                   \
    for (size_t i = 0; i < count; i++) {                                                           \
      double x = a[i], y = b[i], d = y - x;                                                        \
      if (!__builtin_isfinite(x) || !__builtin_isfinite(y)) {                                      \
        sums.not_finite++;                                                                         \
        continue;                                                                                  \
      }                                                                                            \
      double distance = __builtin_fabs(d);                                                         \
      sums.difference += distance;                                                                 \
      sums.squared_difference += d * d;                                                            \
      if (distance > sums.greatest_difference) sums.greatest_difference = distance;                \
      sums.a += x;                                                                                 \
      sums.b += y;                                                                                 \
      sums.aa += x * x;                                                                            \
      sums.bb += y * y;                                                                            \
      sums.ab += x * y;                                                                            \
    }                                                                                              \
    return sums;                                                                                   \
  }

CAREFUL_SUMS(careful_sums_f32, float)
CAREFUL_SUMS(careful_sums_f64, double)

// Counts need no lanes: integers may be added in any order.
#define COUNTS(NAME, TYPE)                                                                         \
  INLINED void NAME(const TYPE *a, const TYPE *b, size_t count, struct pair_sums *sums) {          \
    uint32_t identical = 0, flips = 0, zeros_a = 0, zeros_b = 0, zeros_both = 0;                   \
    for (size_t i = 0; i < count; i++) {                                                           \
      TYPE x = a[i], y = b[i];                                                                     \
      identical += (x == y) | ((x != x) & (y != y));                                               \
      flips += ((x < 0) & (y > 0)) | ((x > 0) & (y < 0));                                          \
      zeros_a += x == 0;                                                                           \
      zeros_b += y == 0;                                                                           \
      zeros_both += (x == 0) & (y == 0);                                                           \
    }                                                                                              \
    sums->identical += identical;                                                                  \
    sums->sign_flips += flips;                                                                     \
    sums->zeros_a += zeros_a;                                                                      \
    sums->zeros_b += zeros_b;                                                                      \
    sums->zeros_both += zeros_both;                                                                \
    if (zeros_b == zeros_both) return;                                                             \
    for (size_t i = 0; i < count; i++)                                                             \
      if (b[i] == 0 && __builtin_isfinite(a[i])) sums->removed += __builtin_fabs(a[i]);            \
  }

COUNTS(counts_f32, float)
COUNTS(counts_f64, double)

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
  sums->not_finite += part->not_finite;
}

// Runs are short, so that one value that is not finite costs little and counts fit 32 bits.
enum { RUN = 4096 };

#define COMPARE(NAME, TYPE, SUMS, CAREFUL, COUNTS)                                                 \
  CLONED void NAME(const TYPE *restrict a, const TYPE *restrict b, size_t count,                   \
                   struct pair_sums *restrict sums) {                                              \
    for (size_t i = 0; i < count; i += RUN) {                                                      \
      size_t run = count - i < RUN ? count - i : RUN;                                              \
      struct pair_sums part = SUMS(a + i, b + i, run);                                             \
      double all = part.squared_difference + part.aa + part.bb;                                    \
      if (!__builtin_isfinite(all)) part = CAREFUL(a + i, b + i, run);                             \
      add(&part, sums);                                                                            \
      COUNTS(a + i, b + i, run, sums);                                                             \
    }                                                                                              \
  }

COMPARE(compare_f32, float, sums_f32, careful_sums_f32, counts_f32)
COMPARE(compare_f64, double, sums_f64, careful_sums_f64, counts_f64)
