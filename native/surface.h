/* A group's replacement in one plane: the averages of its cells, and the surface laid through them. */
#ifndef OVERPAINT_SURFACE_H
#define OVERPAINT_SURFACE_H

#include "axis.h"

typedef struct {
    Axis x, y;
    int32_t *average; /* y.cells rows of x.cells, FRACTION bits behind the point */
} Surface;

/* Samples [lo, hi) in both directions that a core's footprint reaches. */
typedef struct {
    Ramp x, y;
    int32_t group;
} Footprint;

int surface_build(Surface *surface, const Plane *plane, const Regions *regions, int32_t group,
                  const Footprint *footprints, size_t n_footprints);
void surface_tile(const Surface *surface, const Plane *plane, Look look, int32_t tx, int32_t ty,
                  int32_t value[TILE_SAMPLES]);
void surface_free(Surface *surface);

#endif
