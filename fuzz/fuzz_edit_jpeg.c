/* libFuzzer: one JPEG edit from bytes to bytes.
 *
 * An input is a JPEG with a tail of 32 bytes that says what to paint: cells, look, the number of cores (0..3), then 9
 * bytes a core. Places are shares of the picture that the header announces, so that most are inside it; one tail in
 * eight takes its numbers as they are, and the edit must refuse those. Pictures of more than a quarter of a million pixels are
 * refused here, to spend the time on trying many: the bound itself is tested in tests/hostile.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "overpaint.h"

#define TAIL 32
#define MOST_PIXELS (1 << 18)

static int32_t share(int32_t length, uint8_t part) { return (int32_t)((int64_t)length * part / 256); }

static int32_t raw(const uint8_t *p)
{
    int32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

/* A core inside the picture, of at least one pixel. */
static Core inside(const uint8_t *p, int32_t width, int32_t height, int32_t group)
{
    Core c = {share(width, p[0]), share(height, p[1]), 0, 0, p[4] % 49, group};
    c.x1 = c.x0 + 1 + share(width - c.x0 - 1, p[2]);
    c.y1 = c.y0 + 1 + share(height - c.y0 - 1, p[3]);
    return c;
}

static void check(const Edit *edit, const Edit *size)
{
    if (edit->kind) {
        if (!edit->reason || edit->bytes) abort();
        return;
    }
    if (edit->width != size->width || edit->height != size->height) abort();
    /* what was written must be read without a warning and be written again as it is */
    Edit again;
    const Regions none = {.cells = 4, .look = LOOK_BLUR};
    edit_jpeg(edit->bytes, edit->length, &none, MOST_PIXELS, &again);
    if (again.kind || again.warnings || again.width != edit->width || again.height != edit->height) abort();
    free(again.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < TAIL) return 0;
    const uint8_t *tail = data + size - TAIL;
    size_t length = size - TAIL;
    Edit measured, edit;
    measure_jpeg(data, length, &measured);
    if (measured.kind) return 0; /* fuzz_jpeg_size looks at those */
    int32_t cells = 1 + tail[0] % 8, n = tail[2] % 4, separate = tail[3] & 1, wild = (tail[3] >> 5) == 7;
    Core cores[3];
    Group groups[3];
    for (int32_t i = 0; i < n; i++) {
        const uint8_t *p = tail + 4 + 9 * i;
        cores[i] = inside(p, measured.width, measured.height, separate ? i : 0);
        if (!separate && i) continue;
        groups[i] = (Group){4 * cells + p[7] * 4, share(measured.width, p[5]), share(measured.height, p[6])};
        if (wild) cores[i].x1 = raw(p), cores[i].y0 = raw(p + 4), groups[i].ox = raw(p + 2), groups[i].side = raw(p + 5);
    }
    Regions regions = {.groups = groups, .n_groups = (size_t)(separate ? n : n > 0), .cores = cores,
                       .n_cores = (size_t)n, .cells = cells, .look = (Look)(tail[1] % LOOKS)};
    edit_jpeg(data, length, &regions, MOST_PIXELS, &edit);
    check(&edit, &measured);
    free(edit.bytes);
    return 0;
}
