// How well values fit equal steps, for many widths of the steps at once.

#include "decode_support.h"

#include "measure.h"

typedef float f32x16 __attribute__((ext_vector_type(16), aligned(4)));

CLONED void periodogram(float *restrict real, float *restrict imaginary,
                        const float *restrict step_real, const float *restrict step_imaginary,
                        size_t lanes, float *restrict heights, size_t count) {
  for (size_t k = 0; k < count; k++) {
    f32x16 sum_real = 0, sum_imaginary = 0;
    for (size_t i = 0; i < lanes; i += 16) {
      f32x16 a = *(const f32x16 *)(const void *)(real + i);
      f32x16 b = *(const f32x16 *)(const void *)(imaginary + i);
      f32x16 c = *(const f32x16 *)(const void *)(step_real + i);
      f32x16 d = *(const f32x16 *)(const void *)(step_imaginary + i);
      sum_real += a;
      sum_imaginary += b;
      *(f32x16 *)(void *)(real + i) = a * c - b * d;
      *(f32x16 *)(void *)(imaginary + i) = a * d + b * c;
    }
    float x = 0, y = 0;
    for (int lane = 0; lane < 16; lane++) {
      x += sum_real[lane];
      y += sum_imaginary[lane];
    }
    heights[k] = x * x + y * y;
  }
}
