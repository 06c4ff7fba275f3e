#ifndef MEASURE_H
#define MEASURE_H

#include <stddef.h>
#include <stdint.h>

// Inner loops of measuring: counts of bit patterns, moments, bits of zeros. None allocates, decides or
// keeps state; what they count is added to what their caller passes.

// Tables of counts that a kernel fills side by side, so that neighbours with the same value do not
// wait for each other's store; the count of a key is the sum over the tables.
enum { TABLES_16 = 4, TABLES_8 = 8 };

// The bins of a float are the top 16 bits of its pattern: sign, exponent and 7 bits of mantissa.
// Subnormal ones have further bins, as many for each power of two, behind the tables.
enum { BINS = 1 << 16, F32_TABLES = 2, SUBNORMAL_BINS = 2 * 23 * 128 };

// Counts bytes, in TABLES_8 tables of 256.
void count_8(const uint8_t *restrict values, size_t count, uint32_t *restrict tables);

// Floats whose lowest 13 mantissa bits are zero, as BF16 and F16 leave them, are counted by the 19 bits
// above.
enum { PATTERNS_19 = 1 << 19, TABLES_19 = 2 };

// Whether all values have 13 zero bits at the end; looks no further than the first that has not.
int all_end_in_13_zeros(const uint32_t *values, size_t count);

// Counts the top 19 bits, in TABLES_19 tables of PATTERNS_19.
void count_19(const uint32_t *restrict values, size_t count, uint32_t *restrict tables);

// Counts 16-bit patterns: in TABLES_16 tables of 65,536 where values are said to repeat, else in the
// first, which leaves more of the cache to the values.
void count_16(const uint16_t *restrict values, size_t count, int repeats,
              uint32_t *restrict tables);

// What measure_f32 finds in addition to the bins.
struct f32_totals {
  // Sum of value − shift, and of its square, over finite values.
  double sum, squares;
  // Over finite values; +infinity and −infinity where there are none.
  float minimum, maximum;
  uint64_t zeros, nans, infinities;
  // Finite values other than zero whose lowest 12 + index mantissa bits, at least, are zero.
  uint64_t low_zeros[12];
  // Finite values other than zero that the narrower type holds exactly. bfloat16 has all with 16
  // zero bits.
  uint64_t float16, f8e4m3, f8e5m2;
};

// Measures floats.
//
// `bins` has F32_TABLES · BINS + SUBNORMAL_BINS counters. Every value is counted in one of the first,
// zeros and subnormal ones in those of exponent 0, whichever; subnormal ones in the last ones as well.
// `narrow` asks for the counts of what narrower types hold; `repeats` says that the same values come
// again and again. `bits` receives a bit for each value, as zero_bits_32 writes them.
void measure_f32(const float *restrict values, size_t count, double shift, int narrow,
                 int repeats, uint32_t *restrict bins, uint64_t *restrict bits,
                 struct f32_totals *restrict totals);

// The mean of the finite values; 0 where there are none.
double mean_f32(const float *restrict values, size_t count);

// Writes a bit for each value, from the lowest bit of a word up: whether value & mask is 0. Bits of
// the last word beyond `count` are 0. Returns how many are set.
size_t zero_bits_8(const uint8_t *restrict values, size_t count, uint8_t mask,
                   uint64_t *restrict bits);
size_t zero_bits_16(const uint16_t *restrict values, size_t count, uint16_t mask,
                    uint64_t *restrict bits);
size_t zero_bits_32(const uint32_t *restrict values, size_t count, uint32_t mask,
                    uint64_t *restrict bits);
size_t zero_bits_64(const uint64_t *restrict values, size_t count, uint64_t mask,
                    uint64_t *restrict bits);

// Adds every eighth of `count` blocks of Q8_0 to a histogram by how many different codes it has, 0…32,
// and to `near` its codes of magnitude 0, 1 and 2.
void count_block_codes(const uint8_t *restrict blocks, size_t count,
                       uint64_t histogram[restrict 33], uint64_t near[restrict 3]);

// Adds to `near` how many values have a magnitude of 0, 1 and 2 steps, exactly.
void count_near_zero(const float *restrict values, size_t count, float step,
                     uint64_t near[restrict 3]);

// Adds to `use` how many codes of a group with one step are used, and in 256ths how many would be if the
// values of each two neighbouring codes had fallen on either: codes that were fewer bits before leave
// out every second one, or more. Codes are taken for the nearest of −128 … 127; of a group the first 32
// count.
void count_code_use(const float *restrict values, size_t count, float step,
                    uint64_t use[restrict 2]);

// Adds to `near` the codes of magnitude 0, 1 and 2 of weights of at most 4 bits of which the steps are
// not known, from every eighth run of 32.
//
// A step is the least magnitude above a thirtieth of the largest, as codes of 4 bits have at most 15
// steps. A run counts where all its weights are whole steps, and two of them at least two steps: one
// outlier leaves too few codes to the others to tell anything.
void count_near_codes(const float *restrict weights, size_t count, uint64_t near[restrict 3]);

// Moves the counts that are not zero to a list, in the order of their keys, and clears the tables:
// `tables` tables of `size` counters, one behind the other. Returns the length of the list.
size_t collect_counts(uint32_t *restrict counters, size_t size, size_t tables,
                      uint32_t *restrict keys, uint64_t *restrict counts);

// N:M patterns that count_groups counts, with the weights that may differ from zero and the size of a
// group.
enum { PATTERNS = 8 };
static const uint8_t pattern_n[PATTERNS] = {1, 2, 1, 4, 2, 8, 16, 8};
static const uint8_t pattern_m[PATTERNS] = {2, 4, 4, 8, 8, 16, 32, 32};

// Groups of neighbouring zeros, added up.
struct group_counts {
  uint64_t compliant[PATTERNS];
  uint64_t exact[PATTERNS];
  uint64_t shifted[PATTERNS];
};

// By how many elements groups of m are shifted for the control.
static inline size_t pattern_shift(size_t m) { return m / 2 < 3 ? m / 2 : 3; }

// Counts groups along 64 lines of zero bits.
//
// `words` are the 64 bits at the same place of each line, `next` those that follow (null where the
// lines end), `valid` the elements of a line from this place on, its end being the end of all.
void count_groups(const uint64_t words[64], const uint64_t *next, size_t valid,
                  struct group_counts *restrict counts);

// Turns 64 lines of 64 bits into 64 columns.
void transpose_64(uint64_t words[restrict 64]);

// Gathers 64 bits of each of `height` lines, the first from bit `first` on and each `stride` bits
// behind the other, and clears the words of lines up to 64. `bits` has a word more than it needs.
// Returns what is set in any line.
uint64_t load_block(const uint64_t *restrict bits, size_t first, size_t stride, size_t height,
                    uint64_t mask, uint64_t words[restrict 64]);

// All-zero tiles that block_tiles counts, in this order: 1 × 4, 4 × 1, then squares of 8, 16 and 32.
enum { TILES = 5 };

// Adds the all-zero tiles of 64 lines of 64 zero bits, and the zeros of each line.
void block_tiles(const uint64_t words[restrict 64], uint64_t tiles[restrict TILES],
                 uint32_t line_zeros[restrict 64]);

// The bits that are set in both the words and the mask.
uint64_t count_masked(const uint64_t *words, size_t count, uint64_t mask);

// Turns points on a circle by their own angles and takes the squared magnitude of their sum, `count`
// times: first of the points as they are. `lanes` is a multiple of 16; points at 0 do not count.
void periodogram(float *restrict real, float *restrict imaginary,
                 const float *restrict step_real, const float *restrict step_imaginary,
                 size_t lanes, float *restrict heights, size_t count);

#endif
