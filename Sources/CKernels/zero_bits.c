// One bit for each value: whether it is zero.

#include "decode_support.h"

#include "measure.h"

// A loop for each width, 64 values at a time.
#define ZERO_BITS(WIDTH, LANES)                                                                \
  typedef uint##WIDTH##_t u##WIDTH##s                                                          \
      __attribute__((ext_vector_type(LANES), aligned(WIDTH / 8)));                             \
  typedef _Bool bools##WIDTH __attribute__((ext_vector_type(LANES)));                          \
  CLONED size_t zero_bits_##WIDTH(const uint##WIDTH##_t *restrict values, size_t count,        \
                                  uint##WIDTH##_t mask, uint64_t *restrict bits) {             \
    size_t zeros = 0, i = 0;                                                                   \
    for (; i + 64 <= count; i += 64) {                                                         \
      uint64_t word = 0;                                                                       \
      for (int j = 0; j < 64; j += LANES) {                                                    \
        u##WIDTH##s lanes = *(const u##WIDTH##s *)(values + i + j) & mask;                     \
        bools##WIDTH zero = __builtin_convertvector(lanes == 0, bools##WIDTH);                 \
        uint64_t part = 0;                                                                     \
        memcpy(&part, &zero, LANES / 8);                                                       \
        word |= part << j;                                                                     \
      }                                                                                        \
      bits[i / 64] = word;                                                                     \
      zeros += (size_t)__builtin_popcountll(word);                                             \
    }                                                                                          \
    if (i == count) return zeros;                                                              \
    uint64_t word = 0;                                                                         \
    for (size_t j = i; j < count; j++) word |= (uint64_t)((values[j] & mask) == 0) << (j - i); \
    bits[i / 64] = word;                                                                       \
    return zeros + (size_t)__builtin_popcountll(word);                                         \
  }

ZERO_BITS(8, 32)
ZERO_BITS(16, 16)
ZERO_BITS(32, 16)
ZERO_BITS(64, 8)
