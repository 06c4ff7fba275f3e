#ifndef DECODE_H
#define DECODE_H

#include <stddef.h>
#include <stdint.h>

// Blocks of ggml types to float32. Each function reads `count` whole blocks, little-endian, and
// writes their elements in order. All arithmetic is float32, rounded once per operation in the
// order of ggml's dequantize_row_* (ggml/src/ggml-quants.c), so results agree with it bit by bit.

void decode_q4_0(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q4_1(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q5_0(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q5_1(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q8_0(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q8_1(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q1_0(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q2_0(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_tq1_0(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_tq2_0(const uint8_t *restrict blocks, size_t count, float *restrict out);

void decode_q2_k(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q3_k(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q4_k(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q5_k(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q6_k(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_q8_k(const uint8_t *restrict blocks, size_t count, float *restrict out);

void decode_iq2_xxs(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_iq2_xs(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_iq2_s(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_iq3_xxs(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_iq3_s(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_iq1_s(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_iq1_m(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_iq4_nl(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_iq4_xs(const uint8_t *restrict blocks, size_t count, float *restrict out);

void decode_mxfp4(const uint8_t *restrict blocks, size_t count, float *restrict out);
void decode_nvfp4(const uint8_t *restrict blocks, size_t count, float *restrict out);

// I2_S (microsoft/BitNet): `count` runs of 128 codes in 32 bytes; the scale stands behind the
// tensor.
void decode_i2_s(const uint8_t *restrict blocks, size_t count, float scale, float *restrict out);

// Little-endian 16-bit floats to float32.
void decode_f16(const uint8_t *restrict bytes, size_t count, float *restrict out);
void decode_bf16(const uint8_t *restrict bytes, size_t count, float *restrict out);

// One 16-bit float, by its bits.
float decode_one_f16(uint16_t bits);

// Codes of 1 to 8 bits, one a byte.

// Codes without gaps from the lowest bit of the first byte; 8 bytes behind the last are readable.
void packed_sequence(const uint8_t *restrict bytes, size_t count, int bits,
                     uint8_t *restrict codes);

// Little-endian words of 1, 2, 4 or 8 bytes, each with codes at n places.
void packed_runs(const uint8_t *restrict words, size_t runs, int word_bytes,
                 const uint8_t *restrict places, int n, int bits, uint8_t *restrict codes);

// One code of each word of a row, which may end in the word below it.
void packed_column(const uint8_t *restrict words, const uint8_t *restrict below, size_t count,
                   int word_bytes, int shift, int bits, uint8_t *restrict codes);

// Turns a matrix of bytes into its transpose of columns × rows.
void packed_transpose(const uint8_t *restrict from, size_t rows, size_t columns,
                     uint8_t *restrict to);

// The number of each code; the table has one for every code that occurs.
void packed_look_up(const uint8_t *restrict codes, size_t count, const float *restrict table,
             float *restrict out);

// Weights, each with a number of its own.
void packed_subtract(float *restrict weights, const float *restrict values, size_t count);
void packed_add(float *restrict weights, const float *restrict values, size_t count);
void packed_multiply(float *restrict weights, const float *restrict values, size_t count);
void packed_divide(float *restrict weights, const float *restrict values, size_t count);

#endif
