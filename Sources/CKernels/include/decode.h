#ifndef DECODE_H
#define DECODE_H

#include <stddef.h>
#include <stdint.h>

// Blocks of ggml types to float32. Each function reads `count` whole blocks, little-endian, and
// writes their elements in order. All arithmetic is float32, rounded once per operation in the order
// of ggml's dequantize_row_* (ggml/src/ggml-quants.c), so results agree with it bit by bit.

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

// I2_S (microsoft/BitNet): `count` runs of 128 codes in 32 bytes; the scale stands behind the tensor.
void decode_i2_s(const uint8_t *restrict blocks, size_t count, float scale, float *restrict out);

// Little-endian 16-bit floats to float32.
void decode_f16(const uint8_t *restrict bytes, size_t count, float *restrict out);
void decode_bf16(const uint8_t *restrict bytes, size_t count, float *restrict out);

// One 16-bit float, by its bits.
float decode_one_f16(uint16_t bits);

#endif
