/* One direction of a plane: which cell a sample lies in, how it mixes the averages, how far it is inside a mask. */
#ifndef OVERPAINT_AXIS_H
#define OVERPAINT_AXIS_H

#include "overpaint.h"

/* Samples [lo, hi) of a core's footprint in one direction, those that touch the core itself, and the mask there. */
typedef struct {
    int32_t lo, hi, core_lo, core_hi;
    uint16_t *mask;
} Ramp;

/* Samples [from, to): all those of cells 0..cells-1, which the tiles to be painted need. */
typedef struct {
    int32_t from, to, cells;
    int32_t *cell;    /* to - from: the sample's cell */
    int32_t *count;   /* cells: samples in it */
    int32_t (*weight)[2]; /* to - from: of the cell before and of the cell behind; the own one has the rest */
} Axis;

int ramp_build(Ramp *ramp, const Scale *scale, int32_t start, int32_t end, int32_t feather);
int axis_build(Axis *axis, const Scale *scale, const Group *group, int32_t origin, int32_t cells, int32_t lo,
               int32_t hi, int32_t margin);
void axis_free(Axis *axis);

#endif
