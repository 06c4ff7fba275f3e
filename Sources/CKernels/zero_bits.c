// One bit for each value: whether it is zero.

#include "decode_support.h"

#include "measure.h"

// A loop for each width; a run without zeros, the common case, is only compared.
#define ZERO_BITS(WIDTH)                                                                       \
  CLONED size_t zero_bits_##WIDTH(const uint##WIDTH##_t *restrict values, size_t count,        \
                                  uint##WIDTH##_t mask, uint64_t *restrict bits) {             \
    size_t zeros = 0, i = 0;                                                                   \
    for (; i + 64 <= count; i += 64) {                                                         \
      uint8_t is_zero[64], any = 0;                                                            \
      for (int j = 0; j < 64; j++) any |= is_zero[j] = (values[i + j] & mask) == 0;            \
      uint64_t word = 0;                                                                       \
      if (any) {                                                                               \
        for (int k = 0; k < 8; k++) {                                                          \
          uint64_t eight;                                                                      \
          memcpy(&eight, is_zero + 8 * k, 8);                                                  \
          /* Gathers the lowest bits of eight bytes in one. */                                 \
          word |= (eight * 0x0102040810204080 >> 56) << 8 * k;                                 \
        }                                                                                      \
        zeros += (size_t)__builtin_popcountll(word);                                           \
      }                                                                                        \
      bits[i / 64] = word;                                                                     \
    }                                                                                          \
    if (i == count) return zeros;                                                              \
    uint64_t word = 0;                                                                         \
    for (size_t j = i; j < count; j++) word |= (uint64_t)((values[j] & mask) == 0) << (j - i); \
    bits[i / 64] = word;                                                                       \
    return zeros + (size_t)__builtin_popcountll(word);                                         \
  }

ZERO_BITS(8)
ZERO_BITS(16)
ZERO_BITS(32)
ZERO_BITS(64)
