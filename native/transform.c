/* The 8 x 8 discrete cosine transform and its inverse in fixed point (ITU-T T.81, A.3.3).
 *
 * C8[u][x] = round(2^13 * c(u) / 2 * cos((2x + 1) u pi / 16)). Both directions are plain products with this matrix
 * of integers: one pass, one rounding shift, the other pass, one rounding shift. Even and odd parts are summed
 * apart because it halves the multiplications; sums of integers do not depend on their order, so the result is
 * exactly the matrix product's.
 */
#include "overpaint.h"

#define C0 2896
#define C1 4017
#define C2 3784
#define C3 3406
#define C5 2276
#define C6 1567
#define C7 799

#define COEFFICIENT_LIMIT 4095 /* of a dequantised coefficient; an encoder's never pass 2,048 */
#define SAMPLE_LIMIT (1023 << FRACTION)

#define INVERSE_1D(type, X0, X1, X2, X3, X4, X5, X6, X7, out)                                                         \
    do {                                                                                                               \
        type s = ((type)(X0) + (X4)) * C0, d = ((type)(X0) - (X4)) * C0;                                               \
        type p = (type)(X2) * C2 + (type)(X6) * C6, q = (type)(X2) * C6 - (type)(X6) * C2;                             \
        type e0 = s + p, e1 = d + q, e2 = d - q, e3 = s - p;                                                           \
        type o0 = (type)(X1) * C1 + (type)(X3) * C3 + (type)(X5) * C5 + (type)(X7) * C7;                               \
        type o1 = (type)(X1) * C3 - (type)(X3) * C7 - (type)(X5) * C1 - (type)(X7) * C5;                               \
        type o2 = (type)(X1) * C5 - (type)(X3) * C1 + (type)(X5) * C7 + (type)(X7) * C3;                               \
        type o3 = (type)(X1) * C7 - (type)(X3) * C5 + (type)(X5) * C3 - (type)(X7) * C1;                               \
        (out)[0] = e0 + o0, (out)[7] = e0 - o0, (out)[1] = e1 + o1, (out)[6] = e1 - o1;                                \
        (out)[2] = e2 + o2, (out)[5] = e2 - o2, (out)[3] = e3 + o3, (out)[4] = e3 - o3;                                \
    } while (0)

#define FORWARD_1D(type, in, step, out)                                                                                \
    do {                                                                                                               \
        type s0 = (type)(in)[0] + (in)[7 * (step)], d0 = (type)(in)[0] - (in)[7 * (step)];                             \
        type s1 = (type)(in)[(step)] + (in)[6 * (step)], d1 = (type)(in)[(step)] - (in)[6 * (step)];                   \
        type s2 = (type)(in)[2 * (step)] + (in)[5 * (step)], d2 = (type)(in)[2 * (step)] - (in)[5 * (step)];           \
        type s3 = (type)(in)[3 * (step)] + (in)[4 * (step)], d3 = (type)(in)[3 * (step)] - (in)[4 * (step)];           \
        type a = s0 + s3, b = s1 + s2, c = s0 - s3, d = s1 - s2;                                                       \
        (out)[0] = (a + b) * C0, (out)[4] = (a - b) * C0;                                                              \
        (out)[2] = c * C2 + d * C6, (out)[6] = c * C6 - d * C2;                                                        \
        (out)[1] = d0 * C1 + d1 * C3 + d2 * C5 + d3 * C7;                                                              \
        (out)[3] = d0 * C3 - d1 * C7 - d2 * C1 - d3 * C5;                                                              \
        (out)[5] = d0 * C5 - d1 * C1 + d2 * C7 + d3 * C3;                                                              \
        (out)[7] = d0 * C7 - d1 * C5 + d2 * C3 - d3 * C1;                                                              \
    } while (0)

int32_t dequantised(int16_t coefficient, uint16_t quant)
{
    /* |32768 * 65535| needs 31 bits and a sign: it fits */
    return clamp32((int32_t)coefficient * (int32_t)quant, -COEFFICIENT_LIMIT, COEFFICIENT_LIMIT);
}

/* round(value / (quant * 2^FRACTION)), halves up, within what an encoder can write. */
int16_t quantised(int32_t value, uint16_t quant, int index)
{
    int64_t step = (int64_t)quant << FRACTION, lifted = value + step / 2;
    if (lifted >= 0 && lifted < step) return 0; /* most of them, without a division */
    int64_t q = floor_div(lifted, step);
    int32_t low = index ? -1023 : -1024;
    return (int16_t)(q < low ? low : q > 1023 ? 1023 : q);
}

/* From quantised coefficients to samples around 0 with FRACTION bits behind the point, neither rounded to levels
 * nor clipped to 0..255. */
void inverse_dct(const int16_t coefficients[TILE_SAMPLES], const uint16_t quant[TILE_SAMPLES],
                 int32_t tile[TILE_SAMPLES])
{
    int32_t middle[TILE_SAMPLES];
    for (int x = 0; x < TILE; x++) { /* columns: at most 4095 * 2.7 * 2^13 < 2^27; 8 bits behind the point stay */
        int32_t in[TILE], out[TILE];
        int32_t any = 0;
        for (int u = 0; u < TILE; u++) in[u] = dequantised(coefficients[u * TILE + x], quant[u * TILE + x]);
        for (int u = 1; u < TILE; u++) any |= in[u];
        if (!any) {
            int32_t flat = (in[0] * C0 + 16) >> 5;
            for (int y = 0; y < TILE; y++) middle[y * TILE + x] = flat;
            continue;
        }
        INVERSE_1D(int32_t, in[0], in[1], in[2], in[3], in[4], in[5], in[6], in[7], out);
        for (int y = 0; y < TILE; y++) middle[y * TILE + x] = (out[y] + 16) >> 5;
    }
    for (int y = 0; y < TILE; y++) {
        const int32_t *m = middle + y * TILE;
        int64_t out[TILE];
        INVERSE_1D(int64_t, m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], out);
        for (int x = 0; x < TILE; x++)
            tile[y * TILE + x] = clamp32((int32_t)((out[x] + (1 << 14)) >> 15), -SAMPLE_LIMIT, SAMPLE_LIMIT);
    }
}

/* From samples (|value| <= 1151 * 2^FRACTION) to coefficients, both with FRACTION bits behind the point. */
void forward_dct(const int32_t tile[TILE_SAMPLES], int32_t coefficients[TILE_SAMPLES])
{
    int32_t middle[TILE_SAMPLES];
    for (int x = 0; x < TILE; x++) { /* 1151 * 2^6 * 2.83 * 2^13 < 2^31; 11 bits behind the point stay */
        int32_t out[TILE];
        FORWARD_1D(int32_t, tile + x, TILE, out);
        for (int u = 0; u < TILE; u++) middle[u * TILE + x] = (out[u] + 128) >> 8;
    }
    for (int u = 0; u < TILE; u++) {
        int64_t out[TILE];
        FORWARD_1D(int64_t, middle + u * TILE, 1, out);
        for (int v = 0; v < TILE; v++) coefficients[u * TILE + v] = (int32_t)((out[v] + (1 << 17)) >> 18);
    }
}
