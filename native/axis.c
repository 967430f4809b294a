#include "axis.h"

#include <stdlib.h>

/* How much of the mask falls on a sample: MASK_ONE where it touches [start, end), 0 where it is not wholly inside
 * the footprint, between them a smooth step of the distance of its outer edge. In units of 1/den pixels. */
static int32_t ramp_at(const Scale *scale, int32_t k, int32_t start, int32_t end, int32_t feather)
{
    int64_t left = (int64_t)k * scale->num, right = left + scale->num;
    int64_t a = (int64_t)start * scale->den, b = (int64_t)end * scale->den, f = (int64_t)feather * scale->den;
    if (left < b && right > a) return MASK_ONE;
    int64_t far = left >= b ? right - b : a - left;
    if (far > f) return 0;
    int64_t rho = ((f + scale->num - far) << MASK_BITS) / (f + scale->num);
    int64_t step = ((rho * rho >> MASK_BITS) * (3 * MASK_ONE - 2 * rho)) >> MASK_BITS;
    return (int32_t)(step < MASK_ONE ? step : MASK_ONE - 1);
}

/* The samples that the footprint of [start, end) reaches. A ramp that reaches the plane's last sample goes on over
 * the padding of the last tile, which repeats that sample. */
int ramp_build(Ramp *ramp, const Scale *scale, int32_t start, int32_t end, int32_t feather)
{
    int64_t lo = floor_div((int64_t)(start - feather) * scale->den, scale->num);
    int64_t hi = floor_div((int64_t)(end + feather) * scale->den + scale->num - 1, scale->num);
    ramp->lo = (int32_t)(lo < 0 ? 0 : lo);
    ramp->hi = (int32_t)(hi > scale->size ? scale->size : hi);
    int32_t reach = ramp->hi == scale->size ? (scale->size + TILE - 1) / TILE * TILE : ramp->hi;
    ramp->mask = malloc((size_t)(reach - ramp->lo) * sizeof *ramp->mask);
    if (!ramp->mask) return -1;
    ramp->core_lo = reach, ramp->core_hi = reach;
    for (int32_t k = ramp->lo; k < reach; k++) {
        int32_t mask = ramp_at(scale, k < scale->size ? k : scale->size - 1, start, end, feather);
        ramp->mask[k - ramp->lo] = (uint16_t)mask;
        if (mask == MASK_ONE && k < ramp->core_lo) ramp->core_lo = k;
        if (mask < MASK_ONE && k > ramp->core_lo && k < ramp->core_hi) ramp->core_hi = k;
    }
    ramp->hi = reach;
    return 0;
}

static int64_t cell_at(const Scale *scale, const Group *group, int32_t origin, int32_t cells, int32_t k, int64_t *rest)
{
    /* floor(p * N / S) with p = (k + 1/2) * num / den - origin */
    int64_t n = (((int64_t)2 * k + 1) * scale->num - (int64_t)2 * scale->den * origin) * cells;
    int64_t d = (int64_t)2 * scale->den * group->side, cell = floor_div(n, d);
    if (rest) *rest = n - cell * d;
    return cell;
}

/* The cells that samples [lo, hi) lie in, `margin` more on both sides as far as the plane has samples there, and all
 * samples of those cells. A cell is at least as long as a sample (S >= 4 N, and no sample is longer than 4 pixels),
 * so that none between the first and the last is without samples. */
int axis_build(Axis *axis, const Scale *scale, const Group *group, int32_t origin, int32_t cells, int32_t lo,
               int32_t hi, int32_t margin)
{
    int64_t first = cell_at(scale, group, origin, cells, lo, NULL) - margin;
    int64_t last = cell_at(scale, group, origin, cells, hi - 1, NULL) + margin;
    axis->cell = axis->count = NULL;
    axis->weight = NULL;
    while (lo > 0 && cell_at(scale, group, origin, cells, lo - 1, NULL) >= first) lo--;
    while (hi < scale->size && cell_at(scale, group, origin, cells, hi, NULL) <= last) hi++;
    first = cell_at(scale, group, origin, cells, lo, NULL);
    last = cell_at(scale, group, origin, cells, hi - 1, NULL);
    axis->from = lo, axis->to = hi, axis->cells = (int32_t)(last - first + 1);
    axis->cell = malloc((size_t)(hi - lo) * sizeof *axis->cell);
    axis->weight = malloc((size_t)(hi - lo) * sizeof *axis->weight);
    axis->count = calloc((size_t)axis->cells, sizeof *axis->count);
    if (!axis->cell || !axis->weight || !axis->count) {
        axis_free(axis);
        return -1;
    }
    int64_t length = (int64_t)2 * scale->den * group->side;
    for (int32_t k = lo; k < hi; k++) {
        int64_t rest;
        int32_t cell = (int32_t)(cell_at(scale, group, origin, cells, k, &rest) - first);
        int64_t u = (rest << MASK_BITS) / length, v = MASK_ONE - u; /* where in its cell, 0..1 */
        axis->cell[k - lo] = cell;
        axis->count[cell]++;
        axis->weight[k - lo][0] = (int32_t)(v * v >> (MASK_BITS + 1));
        axis->weight[k - lo][1] = (int32_t)(u * u >> (MASK_BITS + 1));
    }
    return 0;
}

void axis_free(Axis *axis)
{
    free(axis->cell);
    free(axis->weight);
    free(axis->count);
    axis->cell = axis->count = NULL;
    axis->weight = NULL;
}
