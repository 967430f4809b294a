#include "surface.h"

#include <stdlib.h>

static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t most(int32_t a, int32_t b) { return a > b ? a : b; }

/* Mark the cells that one footprint needs: those it reaches, and `margin` around them. */
static void mark(uint8_t *needed, const Surface *s, const Plane *plane, const Footprint *f, int32_t margin)
{
    const Axis *x = &s->x, *y = &s->y;
    int32_t c0 = most(0, x->cell[f->x.lo - x->from] - margin);
    int32_t c1 = least(x->cells - 1, x->cell[least(f->x.hi, plane->x.size) - 1 - x->from] + margin);
    int32_t r0 = most(0, y->cell[f->y.lo - y->from] - margin);
    int32_t r1 = least(y->cells - 1, y->cell[least(f->y.hi, plane->y.size) - 1 - y->from] + margin);
    for (int32_t r = r0; r <= r1; r++)
        for (int32_t c = c0; c <= c1; c++) needed[(size_t)r * (size_t)x->cells + (size_t)c] = 1;
}

/* Add one tile's samples to the sums of the cells they lie in. */
static void add_tile(int64_t *sums, const uint8_t *needed, const Surface *s, const Plane *plane, int32_t tx, int32_t ty)
{
    const Axis *x = &s->x, *y = &s->y;
    int32_t k0 = most(tx * TILE, x->from), k1 = least((tx + 1) * TILE, x->to);
    int32_t l0 = most(ty * TILE, y->from), l1 = least((ty + 1) * TILE, y->to);
    const int32_t *cx = x->cell - x->from, *cy = y->cell - y->from;
    int any = 0;
    for (int32_t r = cy[l0]; r <= cy[l1 - 1] && !any; r++)
        for (int32_t c = cx[k0]; c <= cx[k1 - 1] && !any; c++) any = needed[(size_t)r * (size_t)x->cells + (size_t)c];
    if (!any) return;
    int64_t *own = sums + (size_t)cy[l0] * (size_t)x->cells + (size_t)cx[k0];
    if (k1 - k0 == TILE && l1 - l0 == TILE && cx[k0] == cx[k1 - 1] && cy[l0] == cy[l1 - 1]) {
        *own += plane->total(plane->context, tx, ty);
        return;
    }
    int32_t tile[TILE_SAMPLES];
    plane->load(plane->context, tx, ty, tile);
    for (int32_t l = l0; l < l1; l++) {
        const int32_t *row = tile + (l - ty * TILE) * TILE - tx * TILE;
        int64_t *sum = sums + (size_t)cy[l] * (size_t)x->cells;
        for (int32_t k = k0; k < k1; k++) sum[cx[k]] += row[k];
    }
}

static int fill_averages(Surface *s, const Plane *plane, const Footprint *footprints, size_t n, int32_t margin)
{
    const Axis *x = &s->x, *y = &s->y;
    size_t cells = (size_t)x->cells * (size_t)y->cells;
    int64_t *sums = calloc(cells, sizeof *sums);
    uint8_t *needed = calloc(cells, 1);
    s->average = malloc(cells * sizeof *s->average);
    int ok = sums && needed && s->average;
    for (size_t i = 0; ok && i < n; i++) mark(needed, s, plane, footprints + i, margin);
    for (int32_t ty = y->from / TILE; ok && ty * TILE < y->to; ty++)
        for (int32_t tx = x->from / TILE; tx * TILE < x->to; tx++) add_tile(sums, needed, s, plane, tx, ty);
    for (size_t i = 0; ok && i < cells; i++) {
        int64_t count = (int64_t)x->count[i % (size_t)x->cells] * y->count[i / (size_t)x->cells];
        int64_t mean = floor_div(2 * sums[i] + count, 2 * count); /* halves up */
        s->average[i] = (int32_t)(mean < plane->low ? plane->low : mean > plane->high ? plane->high : mean);
    }
    free(sums);
    free(needed);
    return ok ? 0 : -1;
}

/* -1 where memory is short. */
int surface_build(Surface *s, const Plane *plane, const Regions *regions, int32_t group, const Footprint *footprints,
                  size_t n)
{
    const Group *g = regions->groups + group;
    int32_t margin = regions->look == LOOK_BLUR;
    int32_t x0 = plane->x.size, x1 = 0, y0 = plane->y.size, y1 = 0;
    if (regions->look == LOOK_FILL) return 0;
    for (size_t i = 0; i < n; i++) {
        x0 = least(x0, footprints[i].x.lo), x1 = most(x1, least(footprints[i].x.hi, plane->x.size));
        y0 = least(y0, footprints[i].y.lo), y1 = most(y1, least(footprints[i].y.hi, plane->y.size));
    }
    if (axis_build(&s->x, &plane->x, g, g->ox, regions->cells, x0, x1, margin) ||
        axis_build(&s->y, &plane->y, g, g->oy, regions->cells, y0, y1, margin) ||
        fill_averages(s, plane, footprints, n, margin)) {
        surface_free(s);
        return -1;
    }
    return 0;
}

void surface_free(Surface *s)
{
    axis_free(&s->x);
    axis_free(&s->y);
    free(s->average);
    s->average = NULL;
}

/* A sample's place on an axis: its cell and the weights of the cells before, at and behind it. Padding behind the
 * plane's edge repeats the last sample; a cell that does not exist is replaced by the one at the edge. */
typedef struct {
    int32_t before, at, behind;
    int64_t w0, w1, w2;
} Place;

static Place place(const Axis *axis, int32_t k, Look look)
{
    k = clamp32(k, axis->from, axis->to - 1) - axis->from;
    int32_t at = axis->cell[k];
    if (look == LOOK_MOSAIC) return (Place){at, at, at, 0, MASK_ONE, 0};
    int32_t w0 = axis->weight[k][0], w2 = axis->weight[k][1];
    return (Place){most(at - 1, 0), at, least(at + 1, axis->cells - 1), w0, MASK_ONE - w0 - w2, w2};
}

/* The replacement of one tile. Samples outside the surface get that of the nearest sample inside; their mask is 0. */
void surface_tile(const Surface *s, const Plane *plane, Look look, int32_t tx, int32_t ty,
                  int32_t value[TILE_SAMPLES])
{
    if (look == LOOK_FILL) {
        for (int i = 0; i < TILE_SAMPLES; i++) value[i] = plane->middle;
        return;
    }
    Place column[TILE];
    for (int i = 0; i < TILE; i++) column[i] = place(&s->x, tx * TILE + i, look);
    int32_t c0 = column[0].before, c1 = column[TILE - 1].behind;
    for (int r = 0; r < TILE; r++) {
        Place row = place(&s->y, ty * TILE + r, look);
        const int32_t *a0 = s->average + (size_t)row.before * (size_t)s->x.cells;
        const int32_t *a1 = s->average + (size_t)row.at * (size_t)s->x.cells;
        const int32_t *a2 = s->average + (size_t)row.behind * (size_t)s->x.cells;
        int64_t mixed[TILE + 2]; /* a tile's samples lie in at most eight cells; one more on both sides */
        for (int32_t c = c0; c <= c1; c++) mixed[c - c0] = row.w0 * a0[c] + row.w1 * a1[c] + row.w2 * a2[c];
        for (int i = 0; i < TILE; i++) {
            const Place *p = column + i;
            int64_t sum = p->w0 * mixed[p->before - c0] + p->w1 * mixed[p->at - c0] + p->w2 * mixed[p->behind - c0];
            value[r * TILE + i] = (int32_t)((sum + ((int64_t)1 << (2 * MASK_BITS - 1))) >> (2 * MASK_BITS));
        }
    }
}
