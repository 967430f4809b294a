/* The walk over a plane's tiles: which cores reach one, how strong the mask is, which replacement goes in. */
#include "surface.h"

#include <stdlib.h>
#include <string.h>

#define MOST_CELLS 64
#define MOST_FEATHER 48

const char *regions_fault(const Regions *r, int64_t width, int64_t height)
{
    if (r->cells < 1 || r->cells > MOST_CELLS) return "cells must be 1..64";
    if (r->look < 0 || r->look >= LOOKS) return "no such look";
    for (size_t i = 0; i < r->n_groups; i++) {
        const Group *g = r->groups + i;
        if (g->side < 4 * r->cells || g->side > (1 << 24)) return "a group's side must be at least 4 cells' worth";
        if (g->ox < 0 || g->ox >= width || g->oy < 0 || g->oy >= height) return "a grid begins outside the image";
    }
    for (size_t i = 0; i < r->n_cores; i++) {
        const Core *c = r->cores + i;
        if (c->x0 < 0 || c->y0 < 0 || c->x0 >= c->x1 || c->y0 >= c->y1 || c->x1 > width || c->y1 > height)
            return "a core is empty or outside the image";
        if (c->feather < 0 || c->feather > MOST_FEATHER) return "a feather must be 0..48";
        if (c->group < 0 || (size_t)c->group >= r->n_groups) return "a core of no group";
        if (i ? c->group < c[-1].group || c->group > c[-1].group + 1 : c->group != 0) return "cores must be sorted by group";
    }
    if (r->n_cores ? (size_t)r->cores[r->n_cores - 1].group + 1 != r->n_groups : r->n_groups) return "a group without cores";
    return NULL;
}

/* What a tile is to become: filled group by group. */
typedef struct {
    int32_t mask[TILE_SAMPLES], value[TILE_SAMPLES];
    int any;
} Tile;

/* Lay one group over what other groups put there. A core (mask 1) wins over a feather; where two feathers meet,
 * each counts by its mask against the other's absence, so that the mixture has no step where one core begins. */
static void lay(Tile *tile, const int32_t mask[TILE_SAMPLES], const int32_t value[TILE_SAMPLES])
{
    for (int i = 0; i < TILE_SAMPLES; i++) {
        int64_t old = tile->mask[i], new = mask[i];
        if (!new || old == MASK_ONE) continue;
        if (!old || new == MASK_ONE) {
            tile->mask[i] = mask[i], tile->value[i] = value[i];
            continue;
        }
        int64_t w_old = old * (MASK_ONE - new), w_new = new * (MASK_ONE - old), w = w_old + w_new;
        tile->value[i] = (int32_t)floor_div(2 * (w_old * tile->value[i] + w_new * value[i]) + w, 2 * w);
        int64_t left = (MASK_ONE - old) * (MASK_ONE - new) >> MASK_BITS;
        tile->mask[i] = (int32_t)(left ? MASK_ONE - left : MASK_ONE - 1);
    }
}

/* One core's mask over a tile, kept where it is above what the group has. */
static int raise_mask(int32_t mask[TILE_SAMPLES], const Footprint *f, int32_t tx, int32_t ty)
{
    int32_t x0 = tx * TILE, y0 = ty * TILE, any = 0;
    int32_t k0 = f->x.lo > x0 ? f->x.lo - x0 : 0, k1 = f->x.hi - x0 < TILE ? f->x.hi - x0 : TILE;
    int32_t l0 = f->y.lo > y0 ? f->y.lo - y0 : 0, l1 = f->y.hi - y0 < TILE ? f->y.hi - y0 : TILE;
    for (int32_t l = l0; l < l1; l++) {
        int32_t down = f->y.mask[y0 + l - f->y.lo];
        for (int32_t k = k0; k < k1; k++) {
            int32_t m = f->x.mask[x0 + k - f->x.lo] * down >> MASK_BITS;
            if (m > mask[l * TILE + k]) mask[l * TILE + k] = m;
            any |= m;
        }
    }
    return any != 0;
}

static int reaches(const Ramp *ramp, int32_t t) { return ramp->lo < (t + 1) * TILE && ramp->hi > t * TILE; }

static int covers(const Ramp *ramp, int32_t t) { return ramp->core_lo <= t * TILE && ramp->core_hi >= (t + 1) * TILE; }

static int touches(const Ramp *ramp, int32_t t) { return ramp->core_lo < (t + 1) * TILE && ramp->core_hi > t * TILE; }

/* The core that holds the whole tile, so that nothing else matters there; NULL too where a core of an earlier group
 * touches some of its samples, which a sample of a subsampled plane can do between two cores that do not overlap. */
static const Footprint *covering(Footprint *const *active, size_t n, int32_t tx, int32_t ty)
{
    int32_t first = -1;
    for (size_t i = 0; i < n; i++) {
        const Footprint *f = active[i];
        if (!touches(&f->x, tx) || !touches(&f->y, ty)) continue;
        if (first < 0) first = f->group;
        if (first != f->group) return NULL;
        if (covers(&f->x, tx) && covers(&f->y, ty)) return f;
    }
    return NULL;
}

static void paint_covered(const Plane *plane, const Regions *regions, const Surface *surface, int32_t tx, int32_t ty)
{
    int32_t value[TILE_SAMPLES];
    surface_tile(surface, plane, regions->look, tx, ty, value);
    plane->store(plane->context, tx, ty, NULL, value);
}

static void paint_tile(const Plane *plane, const Regions *regions, const Surface *surfaces, Footprint *const *active,
                       size_t n, int32_t tx, int32_t ty)
{
    Tile tile;
    const Footprint *whole = covering(active, n, tx, ty);
    if (whole) {
        paint_covered(plane, regions, surfaces + whole->group, tx, ty);
        return;
    }
    tile.any = 0;
    for (size_t i = 0; i < n;) {
        int32_t group = active[i]->group, mask[TILE_SAMPLES], value[TILE_SAMPLES];
        int any = 0;
        memset(mask, 0, sizeof mask);
        for (; i < n && active[i]->group == group; i++)
            if (reaches(&active[i]->x, tx)) any |= raise_mask(mask, active[i], tx, ty);
        if (!any) continue;
        surface_tile(surfaces + group, plane, regions->look, tx, ty, value);
        if (tile.any) {
            lay(&tile, mask, value);
        } else {
            memcpy(tile.mask, mask, sizeof mask);
            memcpy(tile.value, value, sizeof value);
        }
        tile.any = 1;
    }
    if (!tile.any) return;
    int32_t all = MASK_ONE;
    for (int i = 0; i < TILE_SAMPLES; i++) all &= tile.mask[i];
    plane->store(plane->context, tx, ty, all == MASK_ONE ? NULL : tile.mask, tile.value);
}

static void paint_rows(const Plane *plane, const Regions *regions, const Surface *surfaces, Footprint *footprints,
                       Footprint **active)
{
    int32_t rows = (plane->y.size + TILE - 1) / TILE, columns = (plane->x.size + TILE - 1) / TILE;
    for (int32_t ty = 0; ty < rows; ty++) {
        size_t n = 0;
        int32_t lo = columns * TILE, hi = 0;
        for (size_t i = 0; i < regions->n_cores; i++) {
            Footprint *f = footprints + i;
            if (!reaches(&f->y, ty)) continue;
            active[n++] = f;
            lo = f->x.lo < lo ? f->x.lo : lo, hi = f->x.hi > hi ? f->x.hi : hi;
        }
        for (int32_t tx = lo / TILE; n && tx * TILE < hi; tx++)
            paint_tile(plane, regions, surfaces, active, n, tx, ty);
    }
}

static int build(const Plane *plane, const Regions *regions, Surface *surfaces, Footprint *footprints)
{
    for (size_t i = 0; i < regions->n_cores; i++) {
        const Core *c = regions->cores + i;
        footprints[i].group = c->group;
        if (ramp_build(&footprints[i].x, &plane->x, c->x0, c->x1, c->feather) ||
            ramp_build(&footprints[i].y, &plane->y, c->y0, c->y1, c->feather))
            return -1;
    }
    for (size_t i = 0, end; i < regions->n_cores; i = end) {
        int32_t group = footprints[i].group;
        for (end = i; end < regions->n_cores && footprints[end].group == group;) end++;
        if (surface_build(surfaces + group, plane, regions, group, footprints + i, end - i)) return -1;
    }
    return 0;
}

int paint_regions(const Plane *plane, const Regions *regions)
{
    if (!regions->n_cores) return 0;
    Surface *surfaces = calloc(regions->n_groups, sizeof *surfaces);
    Footprint *footprints = calloc(regions->n_cores, sizeof *footprints);
    Footprint **active = calloc(regions->n_cores, sizeof *active);
    int failed = !surfaces || !footprints || !active || build(plane, regions, surfaces, footprints);
    /* every average is taken before the first sample changes: groups must not see each other's paint */
    if (!failed) paint_rows(plane, regions, surfaces, footprints, active);
    for (size_t i = 0; surfaces && i < regions->n_groups; i++) surface_free(surfaces + i);
    for (size_t i = 0; footprints && i < regions->n_cores; i++) {
        free(footprints[i].x.mask);
        free(footprints[i].y.mask);
    }
    free(surfaces);
    free(footprints);
    free(active);
    return failed ? -1 : 0;
}
