/* What the files of the extension share.
 *
 * All arithmetic that decides an output byte is in integers of fixed width, so that every compiler and processor
 * gives the same bytes. Right shifts of negative numbers are arithmetic (rounded down), as on every compiler that
 * Python supports; divisions go through floor_div, because C's rounds toward zero.
 */
#ifndef OVERPAINT_H
#define OVERPAINT_H

#include <stddef.h>
#include <stdint.h>

#define FRACTION 6 /* bits behind the point of a sample, an average or a coefficient */
#define MASK_BITS 14
#define MASK_ONE (1 << MASK_BITS)
#define TILE 8 /* JPEG blocks; other planes are painted in tiles of the same size */
#define TILE_SAMPLES 64

typedef enum { LOOK_BLUR, LOOK_MOSAIC, LOOK_FILL, LOOKS } Look;

/* Packed by Python as rows of int32; lengths in pixels of the stored frame, rectangles half-open. */
typedef struct {
    int32_t x0, y0, x1, y1, feather, group;
} Core;

typedef struct {
    int32_t side, ox, oy; /* S of the contract, and where the grid is anchored */
} Group;

typedef struct {
    const Group *groups;
    size_t n_groups;
    const Core *cores; /* sorted by group */
    size_t n_cores;
    int32_t cells; /* N of the contract */
    Look look;
} Regions;

/* A scale: one sample of the plane is num / den pixels long. */
typedef struct {
    int32_t size; /* samples in the plane */
    int32_t num, den;
} Scale;

/* A plane of samples that can be read and painted tile by tile. Values have FRACTION bits behind the point. */
typedef struct {
    Scale x, y;
    int32_t low, high, middle;
    void *context;
    void (*load)(void *context, int32_t tx, int32_t ty, int32_t tile[TILE_SAMPLES]);
    /* the sum of a tile's 64 samples, asked for only where all of them are inside the plane */
    int64_t (*total)(void *context, int32_t tx, int32_t ty);
    /* without a mask, it is MASK_ONE everywhere: nothing of the original may enter the result then */
    void (*store)(void *context, int32_t tx, int32_t ty, const int32_t *mask, const int32_t value[TILE_SAMPLES]);
} Plane;

static inline int64_t floor_div(int64_t n, int64_t d) /* d > 0 */
{
    int64_t q = n / d;
    return q - (n % d < 0);
}

static inline int32_t clamp32(int32_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* NULL where the regions can be carried out on such an image, else what is wrong with them. */
const char *regions_fault(const Regions *regions, int64_t width, int64_t height);

/* Paint every region into one plane. 0, or -1 where memory is short (nothing is painted then). */
int paint_regions(const Plane *plane, const Regions *regions);

void inverse_dct(const int16_t coefficients[TILE_SAMPLES], const uint16_t quant[TILE_SAMPLES],
                 int32_t tile[TILE_SAMPLES]);
void forward_dct(const int32_t tile[TILE_SAMPLES], int32_t coefficients[TILE_SAMPLES]);

/* A quantised coefficient's value. An encoder's never passes 2,048; a hostile file's product fits 32 bits. */
static inline int32_t dequantised(int16_t coefficient, uint16_t quant)
{
    return clamp32((int32_t)coefficient * (int32_t)quant, -2047, 2047);
}

/* round(value / (quant * 2^FRACTION)), halves up, within what an encoder can write at that place in a block. */
static inline int16_t quantised(int32_t value, uint16_t quant, int index)
{
    int32_t step = (int32_t)quant << FRACTION, lifted = value + step / 2;
    if (lifted >= 0 && lifted < step) return 0; /* most of them, without a division */
    return (int16_t)clamp32((int32_t)floor_div(lifted, step), index ? -1023 : -1024, 1023);
}

/* A JPEG edit: what went in and what came out. */
typedef struct {
    const char *kind;   /* NULL where all went well, else "unsupported", "damaged", "readback", "memory", "regions" */
    const char *reason; /* a fixed word for counting */
    char detail[256];
    unsigned char *bytes; /* malloc'ed; the caller frees it */
    size_t length;
    int32_t width, height, components, progressive, arithmetic;
    int32_t h[4], v[4];
    long warnings;
    size_t trailing; /* bytes behind the end of the image, which the rewrite leaves out */
    int optimised, own_script, clamped;
    size_t edited, changed; /* blocks under a mask, and those whose coefficients came out different */
} Edit;

void edit_jpeg(const unsigned char *data, size_t length, const Regions *regions, int64_t max_pixels, Edit *edit);

/* Only the header is read: width, height and components. */
void measure_jpeg(const unsigned char *data, size_t length, Edit *edit);

/* Samples of 1 or 2 bytes in native order, `depth` bits of them used, at any strides; painted in place. */
typedef struct {
    unsigned char *start;
    ptrdiff_t row_stride, sample_stride;
    int32_t width, height, bytes, depth;
} Samples;

int paint_samples(const Samples *samples, const Regions *regions);

#endif
