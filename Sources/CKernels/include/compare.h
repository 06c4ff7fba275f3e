#ifndef COMPARE_H
#define COMPARE_H

#include <stddef.h>
#include <stdint.h>

// Sums over pairs of numbers: a of a reference, b of what is compared with it. Pairs of which one is
// no finite number are counted and left out of the sums.
struct pair_sums {
  double difference, squared_difference, greatest_difference; // of |b − a|
  double a, b, aa, bb, ab;
  double removed; // of |a| where b is 0
  uint64_t not_finite;
  uint64_t not_finite_identical; // of these the equal ones
  uint64_t identical; // equal, ±0 as one, NaN as NaN
  uint64_t sign_flips;
  uint64_t zeros_a, zeros_b, zeros_both;
};

// Adds `count` pairs. Counts and the greatest difference are exact; sums are taken in the same order
// on every CPU, in short spans of float32 or one by one in float64.
void compare_f32(const float *restrict a, const float *restrict b, size_t count,
                 struct pair_sums *restrict sums);
void compare_f64(const double *restrict a, const double *restrict b, size_t count,
                 struct pair_sums *restrict sums);

#endif
