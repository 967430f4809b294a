/* libFuzzer: painting a plane of samples, at any strides, and what must not change outside the footprints.
 *
 * An input is 16 bytes about the plane, 17 a core (at most 8), then the samples (repeated where there are too few).
 * The block of memory is exactly as large as the strides need, so that AddressSanitizer sees a step beside it; after
 * painting, samples that no footprint reaches and the gaps between samples must be what they were.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "overpaint.h"

#define HEAD 16
#define CORE 17
#define MOST_CORES 8

typedef struct {
    Core cores[MOST_CORES];
    Group groups[MOST_CORES];
    Regions regions;
} Wanted;

static int32_t raw(const uint8_t *p)
{
    int32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

static int32_t within(const uint8_t *p, int32_t length) { return (int32_t)((uint32_t)raw(p) % (uint32_t)length); }

static void want(Wanted *w, const uint8_t *head, const uint8_t *body, size_t size, int32_t width, int32_t height)
{
    int32_t n = head[4] % (MOST_CORES + 1), group = -1, cells = 1 + head[5] % 66, wild = head[6] > 240;
    memset(w, 0, sizeof *w);
    if ((size_t)n * CORE > size) n = (int32_t)(size / CORE);
    for (int32_t i = 0; i < n; i++) {
        const uint8_t *p = body + i * CORE;
        if (!i || p[0] & 1) {
            group++;
            w->groups[group] = (Group){4 * cells + p[13] * (1 << (p[14] % 16)), within(p + 1, width), within(p + 5, height)};
            if (wild) w->groups[group] = (Group){raw(p), raw(p + 4), raw(p + 8)};
        }
        Core *c = w->cores + i;
        *c = (Core){within(p + 1, width), within(p + 5, height), 0, 0, p[15] % 49, group};
        c->x1 = c->x0 + 1 + within(p + 9, width - c->x0), c->y1 = c->y0 + 1 + within(p + 11, height - c->y0);
        if (wild) *c = (Core){raw(p), raw(p + 2), raw(p + 6), raw(p + 9), raw(p + 12), p[16] & 1 ? group : raw(p + 13)};
    }
    w->regions = (Regions){w->groups, (size_t)(group + 1), w->cores, (size_t)n, cells, (Look)(head[7] % LOOKS)};
}

static int reached(const Wanted *w, int32_t x, int32_t y)
{
    for (size_t i = 0; i < w->regions.n_cores; i++) {
        const Core *c = w->cores + i;
        if (x >= c->x0 - c->feather && x < c->x1 + c->feather && y >= c->y0 - c->feather && y < c->y1 + c->feather) return 1;
    }
    return 0;
}

/* Make what painting may change alike in both, so that the rest can be compared as it lies. */
static void level(const Samples *s, const Wanted *w, unsigned char *before, unsigned char *block)
{
    for (int32_t y = 0; y < s->height; y++)
        for (int32_t x = 0; x < s->width; x++) {
            unsigned char *at = s->start + y * s->row_stride + x * s->sample_stride;
            if (reached(w, x, y)) memcpy(before + (at - block), at, (size_t)s->bytes);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD) return 0;
    const uint8_t *body = data + HEAD;
    int32_t width = 1 + data[0], height = 1 + data[1] % 64;
    if (data[8] & 1) width = 1 + data[1] % 64, height = 1 + data[0];
    int32_t bytes = 1 + (data[2] & 1), gap = bytes * (1 + (data[2] >> 1) % 4), pad = data[3] % 9;
    Wanted w;
    want(&w, data, body, size - HEAD, width, height);
    if (regions_fault(&w.regions, width, height)) return 0; /* as the extension does before it paints */
    size_t rows = (size_t)height, row = (size_t)width * (size_t)gap + (size_t)pad, whole = rows * row;
    whole -= (size_t)pad + (size_t)(gap - bytes); /* nothing behind the last sample */
    unsigned char *block = malloc(whole), *before = malloc(whole);
    if (!block || !before) abort();
    for (size_t i = 0; i < whole; i++) block[i] = size > HEAD ? body[i % (size - HEAD)] : 0;
    memcpy(before, block, whole);
    Samples s = {block, (ptrdiff_t)row, gap, width, height, bytes, 1 + data[9] % (8 * bytes)};
    if (data[10] & 1) s.start += (height - 1) * s.row_stride, s.row_stride = -s.row_stride;
    if (data[10] & 2) s.start += (width - 1) * s.sample_stride, s.sample_stride = -s.sample_stride;
    if (paint_samples(&s, &w.regions)) abort();
    level(&s, &w, before, block);
    if (memcmp(before, block, whole)) abort();
    free(block);
    free(before);
    return 0;
}
