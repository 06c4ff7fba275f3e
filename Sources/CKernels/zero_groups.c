// Groups and tiles of zeros in lines of bits.

#include "decode_support.h"

#include "measure.h"

typedef uint64_t u64x8 __attribute__((ext_vector_type(8), aligned(8)));

// Counting bits is most of the work here, so the best level is the one that counts eight words in one
// instruction.
#if defined(__x86_64__) && defined(__linux__)
#define CLONED_FOR_BITS __attribute__((target_clones("avx512vpopcntdq", "avx2", "default")))
#else
#define CLONED_FOR_BITS
#endif

// The lowest bit of every field of m bits.
INLINED uint64_t lowest_bits(int m) { return ~(uint64_t)0 / (((uint64_t)1 << m) - 1); }

// The lowest bit of every field of m bits, up to the last whole field of `valid` bits.
INLINED uint64_t whole_fields(int m, size_t valid) {
  size_t used = valid / (size_t)m * (size_t)m;
  return used >= 64 ? lowest_bits(m) : lowest_bits(m) & (((uint64_t)1 << used) - 1);
}

struct fields {
  // By the logarithm of their width less one: fields of 2, 4, 8, 16 and 32 bits.
  u64x8 of[5];
};

// The set bits of each field.
INLINED void find_fields(const u64x8 *words, struct fields *f) {
  f->of[0] = (*words & 0x5555555555555555) + (*words >> 1 & 0x5555555555555555);
  f->of[1] = (f->of[0] & 0x3333333333333333) + (f->of[0] >> 2 & 0x3333333333333333);
  f->of[2] = (f->of[1] + (f->of[1] >> 4)) & 0x0f0f0f0f0f0f0f0f;
  f->of[3] = (f->of[2] + (f->of[2] >> 8)) & 0x00ff00ff00ff00ff;
  f->of[4] = (f->of[3] + (f->of[3] >> 16)) & 0x0000ffff0000ffff;
}

// For each field of m bits, which holds a number of at most m, its lowest bit: whether the number is
// at least `least`. The sum's highest bit that a field has room for tells.
INLINED void at_least(const struct fields *f, int m, int least, u64x8 *result) {
  int top = m == 2 ? 1 : m == 4 ? 3 : 6;
  u64x8 sum = f->of[__builtin_ctz((unsigned)m) - 1] + lowest_bits(m) * (uint64_t)((1 << top) - least);
  *result = sum >> top & lowest_bits(m);
}

INLINED uint64_t sum_of(const u64x8 *lanes) {
  uint64_t sum = 0;
  for (int i = 0; i < 8; i++) sum += (*lanes)[i];
  return sum;
}

CLONED_FOR_BITS void count_groups(const uint64_t words[64], const uint64_t *next, size_t valid,
                                  struct group_counts *restrict counts) {
  u64x8 compliant[PATTERNS] = {0}, exact[PATTERNS] = {0}, shifted[PATTERNS] = {0};
  for (int i = 0; i < 64; i += 8) {
    u64x8 word = *(const u64x8 *)(words + i), following = 0;
    if (next) following = *(const u64x8 *)(next + i);
    struct fields fields, moved[4];
    find_fields(&word, &fields);
    for (int shift = 1; shift < 4; shift++) {
      u64x8 moved_word = word >> shift | following << (64 - shift);
      find_fields(&moved_word, &moved[shift]);
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < PATTERNS; p++) {
      int m = pattern_m[p], zeros = m - pattern_n[p], shift = (int)pattern_shift((size_t)m);
      uint64_t whole = whole_fields(m, valid);
      uint64_t moved_whole = valid > (size_t)shift ? whole_fields(m, valid - (size_t)shift) : 0;
      u64x8 enough, more, moved_enough;
      at_least(&fields, m, zeros, &enough);
      at_least(&fields, m, zeros + 1, &more);
      at_least(&moved[shift], m, zeros, &moved_enough);
      compliant[p] += __builtin_elementwise_popcount(enough & whole);
      exact[p] += __builtin_elementwise_popcount(enough & ~more & whole);
      shifted[p] += __builtin_elementwise_popcount(moved_enough & moved_whole);
    }
  }
  for (int p = 0; p < PATTERNS; p++) {
    counts->compliant[p] += sum_of(&compliant[p]);
    counts->exact[p] += sum_of(&exact[p]);
    counts->shifted[p] += sum_of(&shifted[p]);
  }
}

// Hacker's Delight, 7-3: swaps ever smaller squares beside the diagonal.
CLONED_FOR_BITS void transpose_64(uint64_t words[restrict 64]) {
  uint64_t mask = 0x00000000ffffffff;
  for (int half = 32; half != 0; half >>= 1, mask ^= mask << half) {
    for (int k = 0; k < 64; k = ((k | half) + 1) & ~half) {
      uint64_t swapped = (words[k] >> half ^ words[k | half]) & mask;
      words[k | half] ^= swapped;
      words[k] ^= swapped << half;
    }
  }
}

CLONED_FOR_BITS uint64_t load_block(const uint64_t *restrict bits, size_t first, size_t stride,
                                    size_t height, uint64_t mask, uint64_t words[restrict 64]) {
  uint64_t any = 0;
  if (first % 64 == 0 && stride % 64 == 0) {
    for (size_t i = 0; i < height; i++) any |= words[i] = bits[(first + i * stride) / 64] & mask;
  } else {
    for (size_t i = 0; i < height; i++) {
      size_t place = first + i * stride, shift = place % 64;
      // In two steps, as a shift by 64 is undefined.
      uint64_t high = bits[place / 64 + 1] << 1 << (63 - shift);
      any |= words[i] = (bits[place / 64] >> shift | high) & mask;
    }
  }
  for (size_t i = height; i < 64; i++) words[i] = 0;
  return any;
}

CLONED_FOR_BITS void block_tiles(const uint64_t words[restrict 64], uint64_t tiles[restrict TILES],
                                 uint32_t line_zeros[restrict 64]) {
  for (int i = 0; i < 64; i++) line_zeros[i] += (uint32_t)__builtin_popcountll(words[i]);
  uint64_t beside = 0;
  for (int i = 0; i < 64; i++) {
    uint64_t pairs = words[i] & words[i] >> 1;
    beside += (uint64_t)__builtin_popcountll(pairs & pairs >> 2 & lowest_bits(4));
  }
  uint64_t below = 0, four[16];
  for (int i = 0; i < 16; i++) {
    four[i] = words[4 * i] & words[4 * i + 1] & words[4 * i + 2] & words[4 * i + 3];
    below += (uint64_t)__builtin_popcountll(four[i]);
  }
  tiles[0] += beside;
  tiles[1] += below;
  if (!beside || !below) return;
  for (int size = 8, lines = 16, tile = 2; size <= 32; size *= 2, tile++) {
    lines /= 2;
    for (int i = 0; i < lines; i++) {
      uint64_t word = four[i] = four[2 * i] & four[2 * i + 1];
      for (int step = 1; step < size; step *= 2) word &= word >> step;
      tiles[tile] += (uint64_t)__builtin_popcountll(word & lowest_bits(size));
    }
  }
}

CLONED_FOR_BITS uint64_t count_masked(const uint64_t *words, size_t count, uint64_t mask) {
  uint64_t ones = 0;
  for (size_t i = 0; i < count; i++) ones += (uint64_t)__builtin_popcountll(words[i] & mask);
  return ones;
}
