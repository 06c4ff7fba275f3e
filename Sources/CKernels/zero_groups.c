// Groups of zeros in lines of bits.

#include "decode_support.h"

#include "measure.h"

// The lowest bit of every field of m bits, up to the last whole field of `valid` bits.
INLINED uint64_t whole_fields(int m, size_t valid) {
  uint64_t lowest = ~(uint64_t)0 / (((uint64_t)1 << m) - 1);
  size_t used = valid / (size_t)m * (size_t)m;
  return used >= 64 ? lowest : lowest & (((uint64_t)1 << used) - 1);
}

// For each field of m bits that holds a number of at most m, its lowest bit: whether the number is
// at least `least`.
INLINED uint64_t at_least(uint64_t fields, int m, int least) {
  uint64_t ones = whole_fields(m, 64);
  return (fields + ones * (uint64_t)((1 << (m == 2 ? 1 : m == 4 ? 3 : 6)) - least)) >>
             (m == 2 ? 1 : m == 4 ? 3 : 6) & ones;
}

struct fields {
  uint64_t m2, m4, m8, m16, m32;
};

// The zeros of each group of 2, 4, … 32.
INLINED struct fields fields_of(uint64_t word) {
  struct fields f;
  f.m2 = (word & 0x5555555555555555) + (word >> 1 & 0x5555555555555555);
  f.m4 = (f.m2 & 0x3333333333333333) + (f.m2 >> 2 & 0x3333333333333333);
  f.m8 = (f.m4 + (f.m4 >> 4)) & 0x0f0f0f0f0f0f0f0f;
  f.m16 = (f.m8 + (f.m8 >> 8)) & 0x00ff00ff00ff00ff;
  f.m32 = (f.m16 + (f.m16 >> 16)) & 0x0000ffff0000ffff;
  return f;
}

INLINED uint64_t of_size(struct fields f, int m) {
  switch (m) {
    case 2: return f.m2;
    case 4: return f.m4;
    case 8: return f.m8;
    case 16: return f.m16;
    default: return f.m32;
  }
}

INLINED uint64_t ones_in(uint64_t word) { return (uint64_t)__builtin_popcountll(word); }

CLONED void count_groups(const uint64_t words[restrict 64], const uint64_t *restrict next,
                         size_t valid, struct group_counts *restrict counts) {
  for (int p = 0; p < PATTERNS; p++) {
    int m = pattern_m[p], zeros = m - pattern_n[p];
    size_t shift = pattern_shift((size_t)m);
    uint64_t whole = whole_fields(m, valid);
    uint64_t shifted_whole = valid > shift ? whole_fields(m, valid - shift) : 0;
    uint64_t compliant = 0, exact = 0, shifted = 0;
    for (int i = 0; i < 64; i++) {
      uint64_t fields = of_size(fields_of(words[i]), m);
      uint64_t enough = at_least(fields, m, zeros) & whole;
      compliant += ones_in(enough);
      exact += ones_in(enough & ~at_least(fields, m, zeros + 1));
      uint64_t moved = words[i] >> shift | (next ? next[i] << (64 - shift) : 0);
      shifted += ones_in(at_least(of_size(fields_of(moved), m), m, zeros) & shifted_whole);
    }
    counts->compliant[p] += compliant;
    counts->exact[p] += exact;
    counts->shifted[p] += shifted;
  }
  uint64_t fours = 0, whole = whole_fields(4, valid);
  for (int i = 0; i < 64; i++) fours += ones_in(at_least(fields_of(words[i]).m4, 4, 4) & whole);
  counts->zero_fours += fours;
}

// Hacker's Delight, 7-3: swaps ever smaller squares beside the diagonal.
CLONED void transpose_64(uint64_t words[restrict 64]) {
  uint64_t mask = 0x00000000ffffffff;
  for (int half = 32; half != 0; half >>= 1, mask ^= mask << half) {
    for (int k = 0; k < 64; k = ((k | half) + 1) & ~half) {
      uint64_t swapped = (words[k] >> half ^ words[k | half]) & mask;
      words[k | half] ^= swapped;
      words[k] ^= swapped << half;
    }
  }
}
