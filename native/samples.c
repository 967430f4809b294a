/* Planes of plain samples: what codecs other than JPEG are painted on. */
#include "overpaint.h"

#include <string.h>

static unsigned char *at(const Samples *s, int32_t x, int32_t y)
{
    return s->start + y * s->row_stride + x * s->sample_stride;
}

static int32_t get(const Samples *s, int32_t x, int32_t y)
{
    if (s->bytes == 1) return *at(s, x, y);
    uint16_t wide;
    memcpy(&wide, at(s, x, y), sizeof wide);
    return wide;
}

static void put(const Samples *s, int32_t x, int32_t y, int32_t value)
{
    uint16_t wide = (uint16_t)value;
    if (s->bytes == 1)
        *at(s, x, y) = (unsigned char)value;
    else
        memcpy(at(s, x, y), &wide, sizeof wide);
}

static int32_t inside(int32_t origin, int32_t size) { return size - origin < TILE ? size - origin : TILE; }

static void load(void *context, int32_t tx, int32_t ty, int32_t tile[TILE_SAMPLES])
{
    const Samples *s = context;
    int32_t x0 = tx * TILE, y0 = ty * TILE, w = inside(x0, s->width), h = inside(y0, s->height);
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++) tile[y * TILE + x] = get(s, x0 + x, y0 + y) * (1 << FRACTION);
}

static int64_t total(void *context, int32_t tx, int32_t ty)
{
    const Samples *s = context;
    int64_t sum = 0;
    for (int32_t y = 0; y < TILE; y++)
        for (int32_t x = 0; x < TILE; x++) sum += get(s, tx * TILE + x, ty * TILE + y);
    return sum * (1 << FRACTION);
}

static void store(void *context, int32_t tx, int32_t ty, const int32_t *mask, const int32_t value[TILE_SAMPLES])
{
    const Samples *s = context;
    int32_t x0 = tx * TILE, y0 = ty * TILE, w = inside(x0, s->width), h = inside(y0, s->height);
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++) {
            int32_t m = mask ? mask[y * TILE + x] : MASK_ONE; /* then `new` is exactly `value` */
            if (!m) continue;
            int64_t old = (int64_t)get(s, x0 + x, y0 + y) * (1 << FRACTION);
            int64_t new = old + ((m * (value[y * TILE + x] - old)) >> MASK_BITS);
            put(s, x0 + x, y0 + y, clamp32((int32_t)((new + (1 << (FRACTION - 1))) >> FRACTION), 0, (1 << s->depth) - 1));
        }
}

int paint_samples(const Samples *samples, const Regions *regions)
{
    Samples own = *samples;
    Plane plane = {
        .x = {samples->width, 1, 1},
        .y = {samples->height, 1, 1},
        .low = 0,
        .high = ((1 << samples->depth) - 1) * (1 << FRACTION),
        .middle = (1 << (samples->depth - 1)) * (1 << FRACTION),
        .context = &own,
        .load = load,
        .total = total,
        .store = store,
    };
    return paint_regions(&plane, regions);
}
