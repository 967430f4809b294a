/* One JPEG edit from bytes to bytes: read, paint the components' blocks, write, read back, compare. */
#include <stdlib.h>
#include <string.h>

#include "jpeg.h"
#include <jerror.h>

#define PLAUSIBLE_BLOCKS (1 << 20) /* above 67 million samples, a Huffman-coded file must hold a bit for each block */

/* A component while it is painted. */
typedef struct {
    JBLOCKROW *rows;
    const uint16_t *quant;
    size_t edited, changed;
    uint8_t symbols[256]; /* that the edited blocks are coded with */
} Component;

static void load(void *context, int32_t tx, int32_t ty, int32_t tile[TILE_SAMPLES])
{
    const Component *c = context;
    inverse_dct(c->rows[ty][tx], c->quant, tile);
}

/* The DC coefficient is eight times the mean of the samples. */
static int64_t total(void *context, int32_t tx, int32_t ty)
{
    const Component *c = context;
    return (int64_t)dequantised(c->rows[ty][tx][0], c->quant[0]) * 8 * (1 << FRACTION);
}

/* A block all under the mask becomes the replacement's transform, with nothing of the old one in it; another gets
 * the transform of the difference added, so that what the mask leaves alone is not rounded a second time. */
static void store(void *context, int32_t tx, int32_t ty, const int32_t *mask, const int32_t value[TILE_SAMPLES])
{
    Component *c = context;
    JCOEF *block = c->rows[ty][tx];
    int32_t difference[TILE_SAMPLES], transformed[TILE_SAMPLES];
    int changed = 0;
    if (mask) {
        int32_t original[TILE_SAMPLES];
        inverse_dct(block, c->quant, original);
        for (int i = 0; i < TILE_SAMPLES; i++)
            difference[i] = (mask[i] * (value[i] - original[i]) + (1 << (MASK_BITS - 1))) >> MASK_BITS;
    }
    forward_dct(mask ? difference : value, transformed);
    for (int i = 0; i < TILE_SAMPLES; i++) {
        int32_t kept = mask ? dequantised(block[i], c->quant[i]) * (1 << FRACTION) : 0;
        JCOEF new = quantised(kept + transformed[i], c->quant[i], i);
        changed |= new != block[i];
        block[i] = new;
    }
    mark_symbols(block, c->symbols);
    c->edited++;
    c->changed += (size_t)changed;
}

static int paint_components(Source *s, const Regions *regions, Edit *edit)
{
    struct jpeg_decompress_struct *d = &s->d;
    for (int i = 0; i < d->num_components; i++) {
        const jpeg_component_info *info = d->comp_info + i;
        Component component = {.rows = s->rows[i], .quant = component_quant(s, i)->quantval};
        int64_t w = (int64_t)d->image_width * info->h_samp_factor, h = (int64_t)d->image_height * info->v_samp_factor;
        Plane plane = {
            .x = {(int32_t)((w + d->max_h_samp_factor - 1) / d->max_h_samp_factor), d->max_h_samp_factor,
                  info->h_samp_factor},
            .y = {(int32_t)((h + d->max_v_samp_factor - 1) / d->max_v_samp_factor), d->max_v_samp_factor,
                  info->v_samp_factor},
            .low = -128 * (1 << FRACTION),
            .high = 127 * (1 << FRACTION),
            .middle = 0,
            .context = &component,
            .load = load,
            .total = total,
            .store = store,
        };
        if (paint_regions(&plane, regions)) return -1;
        edit->edited += component.edited;
        edit->changed += component.changed;
        int slot = info->ac_tbl_no;
        int coded = !d->progressive_mode && !d->arith_code; /* else no table is kept */
        if (coded && (slot < 0 || slot >= NUM_HUFF_TBLS || !has_symbols(d->ac_huff_tbl_ptrs[slot], component.symbols)))
            s->lacks_codes = 1;
    }
    return 0;
}

/* A damaged scan can decode to coefficients that no encoder may write: bring them into range. */
static void clamp_all(Source *s)
{
    for (int c = 0; c < s->d.num_components; c++) {
        const jpeg_component_info *info = s->d.comp_info + c;
        for (JDIMENSION y = 0; y < info->height_in_blocks; y++) {
            JCOEF *k = s->rows[c][y][0];
            for (size_t i = 0, n = (size_t)info->width_in_blocks * DCTSIZE2; i < n; i++)
                k[i] = (JCOEF)clamp32(k[i], i % DCTSIZE2 ? -1023 : -1024, 1023);
        }
    }
}

static int fail(Edit *edit, const char *kind, const char *reason, const char *detail)
{
    edit->kind = kind;
    edit->reason = reason;
    snprintf(edit->detail, sizeof edit->detail, "%s", detail);
    return -1;
}

static int fail_by_code(Edit *edit, int code, const char *detail)
{
    switch (code) {
    case SCANS_REFUSED: return fail(edit, "unsupported", "too-many-scans", detail);
    case JERR_BAD_PRECISION: return fail(edit, "unsupported", "precision", detail);
#if JPEG_LIB_VERSION < 70
    case JERR_ARITH_NOTIMPL:
#endif
    case JERR_SOF_UNSUPPORTED:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED: return fail(edit, "unsupported", "coding", detail);
    case JERR_COMPONENT_COUNT: return fail(edit, "unsupported", "components", detail);
    case JERR_MISMATCHED_QUANT_TABLE: return fail(edit, "unsupported", "quantisation-redefined", detail);
    case JERR_NO_BACKING_STORE:
    case JERR_OUT_OF_MEMORY:
    case JERR_IMAGE_TOO_BIG:
    case JERR_WIDTH_OVERFLOW: return fail(edit, "unsupported", "too-large", detail);
    case JERR_NO_QUANT_TABLE: return fail(edit, "damaged", "no-quantisation-table", detail);
    case JERR_NO_SOI: return fail(edit, "damaged", "not-a-jpeg", detail);
    default: return fail(edit, "damaged", "undecodable", detail);
    }
}

/* What can be said of the file before memory is taken for it. */
static int check_header(Source *s, size_t length, int64_t max_pixels, const Regions *regions, Edit *edit)
{
    struct jpeg_decompress_struct *d = &s->d;
    int64_t pixels = (int64_t)d->image_width * d->image_height, blocks = 0;
    edit->width = (int32_t)d->image_width, edit->height = (int32_t)d->image_height;
    edit->components = d->num_components;
    edit->progressive = d->progressive_mode, edit->arithmetic = d->arith_code;
    if (d->data_precision != 8) return fail(edit, "unsupported", "precision", "samples are not of 8 bits");
    if (d->num_components < 1 || d->num_components > MAX_COMPS_IN_SCAN)
        return fail(edit, "unsupported", "components", "more than four components");
    if (pixels > max_pixels) return fail(edit, "unsupported", "too-large", "more pixels than the limit");
    for (int i = 0; i < d->num_components; i++) {
        const jpeg_component_info *info = d->comp_info + i;
        blocks += (int64_t)info->width_in_blocks * info->height_in_blocks;
        edit->h[i] = info->h_samp_factor, edit->v[i] = info->v_samp_factor;
    }
    if (!d->arith_code && blocks > PLAUSIBLE_BLOCKS && blocks / 8 > (int64_t)length)
        return fail(edit, "unsupported", "too-large", "declares far more than the file holds");
    /* twice the coefficients, the saved markers, and room for tables: libjpeg gives up beyond that */
    d->mem->max_memory_to_use = (long)(2 * blocks * (int64_t)sizeof(JBLOCK) + (int64_t)length + (1 << 24));
    const char *fault = regions_fault(regions, d->image_width, d->image_height);
    if (fault) return fail(edit, "regions", "regions", fault);
    return 0;
}

static int check_tables(Source *s, Edit *edit)
{
    for (int i = 0; i < s->d.num_components; i++) {
        const JQUANT_TBL *table = component_quant(s, i);
        if (!table) return fail(edit, "damaged", "no-quantisation-table", "a component has no quantisation table");
        for (int k = 0; k < DCTSIZE2; k++)
            if (!table->quantval[k])
                return fail(edit, "damaged", "no-quantisation-table", "a quantisation table holds a zero");
    }
    return 0;
}

static int read_back(const Source *meant, const Buffer *buffer)
{
    Source *again = calloc(1, sizeof *again);
    if (!again) return 0;
    int same = !source_header(again, buffer->bytes, buffer->length, 0) && again->d.data_precision == 8 &&
               again->d.num_components == meant->d.num_components &&
               again->d.image_width == meant->d.image_width && again->d.image_height == meant->d.image_height &&
               !source_coefficients(again) && again->errors.warnings == again->header_warnings &&
               again->d.progressive_mode == meant->d.progressive_mode &&
               again->d.arith_code == meant->d.arith_code && again->restart_interval == meant->restart_interval &&
               same_coefficients(meant, again);
    source_close(again);
    free(again);
    return same;
}

/* libjpeg writes damaged files without a word where a Huffman table lacks a code, so each attempt is read back. */
static int write_attempts(Source *s, Buffer *buffer, Errors *errors, Edit *edit)
{
    static const Manner manners[] = {{1, 1}, {1, 0}, {0, 0}};
    int code = 0;
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        /* tables are always made anew for progressive files and never for arithmetic coding */
        if (i == 1 && (s->d.progressive_mode || s->d.arith_code)) continue;
        if (i == 0 && s->lacks_codes) continue; /* it would fail; this saves writing and reading it */
        code = source_write(s, manners[i], buffer, errors);
        if (!code && !errors->warnings && read_back(s, buffer)) {
            edit->optimised = i > 0 && !s->d.arith_code && !s->d.progressive_mode;
            edit->own_script = manners[i].own_scans;
            return 0;
        }
        if (code == JERR_BAD_DCT_COEF) return code;
    }
    return code ? code : -1;
}

static int write_verified(Source *s, size_t length, Edit *edit)
{
    Errors *errors = calloc(1, sizeof *errors);
    Buffer buffer = {.capacity = length + length / 8 + 65536};
    buffer.bytes = malloc(buffer.capacity);
    if (!errors || !buffer.bytes) {
        free(errors);
        free(buffer.bytes);
        return fail(edit, "memory", "memory", "no memory for the output");
    }
    int code = write_attempts(s, &buffer, errors, edit);
    if (code) {
        clamp_all(s);
        edit->clamped = 1;
        code = write_attempts(s, &buffer, errors, edit);
    }
    if (code > 0) fail_by_code(edit, code, errors->text);
    if (code < 0) fail(edit, "readback", "read-back", "what was written did not decode to what was meant");
    free(errors);
    edit->bytes = buffer.bytes;
    edit->length = buffer.length;
    return code ? -1 : 0;
}

static void edit_source(Source *s, const unsigned char *data, size_t length, const Regions *regions,
                        int64_t max_pixels, Edit *edit)
{
    int code = source_header(s, data, length, 1);
    if (code) {
        fail_by_code(edit, code, s->errors.text);
        return;
    }
    if (check_header(s, length, max_pixels, regions, edit)) return;
    if ((code = source_coefficients(s))) {
        fail_by_code(edit, code, s->errors.text);
        return;
    }
    edit->warnings = s->errors.warnings - s->header_warnings;
    if (edit->warnings > 0) snprintf(edit->detail, sizeof edit->detail, "%s", s->errors.text);
    edit->trailing = s->d.src->bytes_in_buffer;
    if (check_tables(s, edit)) return;
    if (paint_components(s, regions, edit)) {
        fail(edit, "memory", "memory", "no memory for the regions");
        return;
    }
    write_verified(s, length, edit);
}

void measure_jpeg(const unsigned char *data, size_t length, Edit *edit)
{
    memset(edit, 0, sizeof *edit);
    Source *source = calloc(1, sizeof *source);
    if (!source) {
        fail(edit, "memory", "memory", "no memory to read the header");
        return;
    }
    int code = source_header(source, data, length, 0);
    if (code) fail_by_code(edit, code, source->errors.text);
    edit->width = (int32_t)source->d.image_width, edit->height = (int32_t)source->d.image_height;
    edit->components = source->d.num_components;
    source_close(source);
    free(source);
}

void edit_jpeg(const unsigned char *data, size_t length, const Regions *regions, int64_t max_pixels, Edit *edit)
{
    memset(edit, 0, sizeof *edit);
    Source *source = calloc(1, sizeof *source);
    if (!source) {
        fail(edit, "memory", "memory", "no memory to read the image");
        return;
    }
    edit_source(source, data, length, regions, max_pixels, edit);
    source_close(source);
    free(source);
    if (edit->kind) {
        free(edit->bytes);
        edit->bytes = NULL;
    }
}
