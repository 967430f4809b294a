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

#define SAMPLE_LIMIT (511 << FRACTION) /* a decoded sample's; an encoder's stay within about 255 */

static inline void inverse_1d(const int32_t in[TILE], int32_t out[TILE])
{
    int32_t s = (in[0] + in[4]) * C0, d = (in[0] - in[4]) * C0;
    int32_t p = in[2] * C2 + in[6] * C6, q = in[2] * C6 - in[6] * C2;
    int32_t e0 = s + p, e1 = d + q, e2 = d - q, e3 = s - p;
    int32_t o0 = in[1] * C1 + in[3] * C3 + in[5] * C5 + in[7] * C7;
    int32_t o1 = in[1] * C3 - in[3] * C7 - in[5] * C1 - in[7] * C5;
    int32_t o2 = in[1] * C5 - in[3] * C1 + in[5] * C7 + in[7] * C3;
    int32_t o3 = in[1] * C7 - in[3] * C5 + in[5] * C3 - in[7] * C1;
    out[0] = e0 + o0, out[7] = e0 - o0, out[1] = e1 + o1, out[6] = e1 - o1;
    out[2] = e2 + o2, out[5] = e2 - o2, out[3] = e3 + o3, out[4] = e3 - o3;
}

static inline void forward_1d(const int32_t *in, int step, int32_t out[TILE])
{
    int32_t s0 = in[0] + in[7 * step], d0 = in[0] - in[7 * step];
    int32_t s1 = in[step] + in[6 * step], d1 = in[step] - in[6 * step];
    int32_t s2 = in[2 * step] + in[5 * step], d2 = in[2 * step] - in[5 * step];
    int32_t s3 = in[3 * step] + in[4 * step], d3 = in[3 * step] - in[4 * step];
    int32_t a = s0 + s3, b = s1 + s2, c = s0 - s3, d = s1 - s2;
    out[0] = (a + b) * C0, out[4] = (a - b) * C0;
    out[2] = c * C2 + d * C6, out[6] = c * C6 - d * C2;
    out[1] = d0 * C1 + d1 * C3 + d2 * C5 + d3 * C7;
    out[3] = d0 * C3 - d1 * C7 - d2 * C1 - d3 * C5;
    out[5] = d0 * C5 - d1 * C1 + d2 * C7 + d3 * C3;
    out[7] = d0 * C7 - d1 * C5 + d2 * C3 - d3 * C1;
}

/* From quantised coefficients to samples around 0 with FRACTION bits behind the point, neither rounded to levels
 * nor clipped to 0..255. No sum passes 31 bits: |coefficient| <= 2047, and each pass grows it by at most 2.642. */
void inverse_dct(const int16_t coefficients[TILE_SAMPLES], const uint16_t quant[TILE_SAMPLES],
                 int32_t tile[TILE_SAMPLES])
{
    int32_t middle[TILE_SAMPLES];
    for (int x = 0; x < TILE; x++) { /* columns; 4 bits behind the point stay */
        int32_t in[TILE], out[TILE], any = 0;
        for (int u = 0; u < TILE; u++) in[u] = dequantised(coefficients[u * TILE + x], quant[u * TILE + x]);
        for (int u = 1; u < TILE; u++) any |= in[u];
        if (any) {
            inverse_1d(in, out);
        } else {
            for (int y = 0; y < TILE; y++) out[y] = in[0] * C0;
        }
        for (int y = 0; y < TILE; y++) middle[y * TILE + x] = (out[y] + 256) >> 9;
    }
    for (int y = 0; y < TILE; y++) {
        int32_t out[TILE];
        inverse_1d(middle + y * TILE, out);
        for (int x = 0; x < TILE; x++)
            tile[y * TILE + x] = clamp32((out[x] + (1 << 10)) >> 11, -SAMPLE_LIMIT, SAMPLE_LIMIT);
    }
}

/* From samples to coefficients, both with FRACTION bits behind the point. No sum passes 31 bits: |sample| <= 639,
 * and each pass grows it by at most 2.829. */
void forward_dct(const int32_t tile[TILE_SAMPLES], int32_t coefficients[TILE_SAMPLES])
{
    int32_t middle[TILE_SAMPLES];
    for (int x = 0; x < TILE; x++) { /* columns; 5 bits behind the point stay */
        int32_t out[TILE];
        forward_1d(tile + x, TILE, out);
        for (int u = 0; u < TILE; u++) middle[u * TILE + x] = (out[u] + (1 << 13)) >> 14;
    }
    for (int u = 0; u < TILE; u++) {
        int32_t out[TILE];
        forward_1d(middle + u * TILE, 1, out);
        for (int v = 0; v < TILE; v++) coefficients[u * TILE + v] = (out[v] + (1 << 11)) >> 12;
    }
}
