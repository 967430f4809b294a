#include "jpeg.h"

#include <stdlib.h>
#include <string.h>

#include <jerror.h>

static void on_error(j_common_ptr info)
{
    Errors *errors = (Errors *)info->err;
    info->err->format_message(info, errors->text);
    longjmp(errors->escape, 1);
}

static void on_message(j_common_ptr info, int level)
{
    Errors *errors = (Errors *)info->err;
    if (level < 0 && errors->warnings++ == 0) info->err->format_message(info, errors->text);
}

static void no_output(j_common_ptr info) { (void)info; }

static struct jpeg_error_mgr *quiet(Errors *errors)
{
    memset(errors, 0, sizeof *errors);
    jpeg_std_error(&errors->base);
    errors->base.error_exit = on_error;
    errors->base.emit_message = on_message;
    errors->base.output_message = no_output;
    return &errors->base;
}

/* Called between rows: notes how each scan is laid out, and stops a file that has no end of them. */
static void on_progress(j_common_ptr info)
{
    Source *s = (Source *)info->client_data;
    struct jpeg_decompress_struct *d = &s->d;
    if (d->input_scan_number > MOST_SCANS) {
        snprintf(s->errors.text, sizeof s->errors.text, "more than %d scans", MOST_SCANS);
        s->recorded = SCANS_REFUSED;
        longjmp(s->errors.escape, 1);
    }
    if (d->input_scan_number <= s->n_scans || d->input_scan_number < 1) return;
    jpeg_scan_info *scan = s->scans + s->n_scans++;
    scan->comps_in_scan = d->comps_in_scan;
    for (int i = 0; i < d->comps_in_scan; i++) scan->component_index[i] = d->cur_comp_info[i]->component_index;
    scan->Ss = d->progressive_mode ? d->Ss : 0;
    scan->Se = d->progressive_mode ? d->Se : DCTSIZE2 - 1;
    scan->Ah = d->progressive_mode ? d->Ah : 0;
    scan->Al = d->progressive_mode ? d->Al : 0;
}

int source_header(Source *s, const unsigned char *data, size_t length, int keep_markers)
{
    s->d.err = quiet(&s->errors);
    if (setjmp(s->errors.escape)) return s->errors.base.msg_code;
    jpeg_create_decompress(&s->d);
    s->open = 1;
    s->d.client_data = s;
    s->progress.progress_monitor = on_progress;
    s->d.progress = &s->progress;
    jpeg_mem_src(&s->d, data, (unsigned long)length);
    for (int i = 0; keep_markers && i < 16; i++) jpeg_save_markers(&s->d, JPEG_APP0 + i, 0xFFFF);
    if (keep_markers) jpeg_save_markers(&s->d, JPEG_COM, 0xFFFF);
    jpeg_read_header(&s->d, TRUE);
    s->restart_interval = s->d.restart_interval;
    s->header_warnings = s->errors.warnings;
    return 0;
}

int source_coefficients(Source *s)
{
    struct jpeg_decompress_struct *d = &s->d;
    if (setjmp(s->errors.escape)) return s->recorded == SCANS_REFUSED ? SCANS_REFUSED : s->errors.base.msg_code;
    s->arrays = jpeg_read_coefficients(d);
    for (int c = 0; c < d->num_components; c++) {
        JDIMENSION height = d->comp_info[c].height_in_blocks;
        s->rows[c] = malloc(height * sizeof(JBLOCKROW));
        if (!s->rows[c]) return JERR_OUT_OF_MEMORY;
        /* libjpeg without backing store keeps the whole array in memory, so that the rows stay where they are */
        for (JDIMENSION y = 0; y < height; y++)
            s->rows[c][y] = d->mem->access_virt_barray((j_common_ptr)d, s->arrays[c], y, 1, TRUE)[0];
    }
    return 0;
}

void source_close(Source *s)
{
    for (int c = 0; c < MAX_COMPS_IN_SCAN; c++) {
        free(s->rows[c]);
        s->rows[c] = NULL;
    }
    if (s->open) jpeg_destroy_decompress(&s->d);
    s->open = 0;
}

const JQUANT_TBL *component_quant(const Source *s, int component)
{
    const jpeg_component_info *info = s->d.comp_info + component;
    if (info->quant_table) return info->quant_table; /* as it was when the component's first scan began */
    int slot = info->quant_tbl_no;
    return slot >= 0 && slot < NUM_QUANT_TBLS ? s->d.quant_tbl_ptrs[slot] : NULL;
}

int same_coefficients(const Source *a, const Source *b)
{
    if (a->d.num_components != b->d.num_components || a->d.image_width != b->d.image_width ||
        a->d.image_height != b->d.image_height)
        return 0;
    for (int c = 0; c < a->d.num_components; c++) {
        const jpeg_component_info *p = a->d.comp_info + c, *q = b->d.comp_info + c;
        const JQUANT_TBL *s = component_quant(a, c), *t = component_quant(b, c);
        if (p->width_in_blocks != q->width_in_blocks || p->height_in_blocks != q->height_in_blocks ||
            p->h_samp_factor != q->h_samp_factor || p->v_samp_factor != q->v_samp_factor ||
            p->component_id != q->component_id || !s || !t || memcmp(s->quantval, t->quantval, sizeof s->quantval))
            return 0;
        for (JDIMENSION y = 0; y < p->height_in_blocks; y++)
            if (memcmp(a->rows[c][y], b->rows[c][y], p->width_in_blocks * sizeof(JBLOCK))) return 0;
    }
    return 1;
}

/* A destination that grows, and that outlives an error in libjpeg. */
typedef struct {
    struct jpeg_destination_mgr base;
    Buffer *buffer;
} Destination;

static void destination_begin(j_compress_ptr c)
{
    Destination *to = (Destination *)c->dest;
    to->base.next_output_byte = to->buffer->bytes;
    to->base.free_in_buffer = to->buffer->capacity;
}

static boolean destination_grow(j_compress_ptr c)
{
    Destination *to = (Destination *)c->dest;
    size_t used = to->buffer->capacity; /* libjpeg calls when all of it is full, whatever free_in_buffer says */
    unsigned char *more = realloc(to->buffer->bytes, used * 2);
    if (!more) ERREXIT1(c, JERR_OUT_OF_MEMORY, 0);
    to->buffer->bytes = more;
    to->buffer->capacity = used * 2;
    to->base.next_output_byte = more + used;
    to->base.free_in_buffer = used;
    return TRUE;
}

static void destination_end(j_compress_ptr c)
{
    Destination *to = (Destination *)c->dest;
    to->buffer->length = to->buffer->capacity - to->base.free_in_buffer;
}

static void copy_tables(j_compress_ptr c, const struct jpeg_decompress_struct *d)
{
    for (int i = 0; i < NUM_HUFF_TBLS; i++) {
        JHUFF_TBL *const from[2] = {d->dc_huff_tbl_ptrs[i], d->ac_huff_tbl_ptrs[i]};
        JHUFF_TBL **const to[2] = {&c->dc_huff_tbl_ptrs[i], &c->ac_huff_tbl_ptrs[i]};
        for (int k = 0; k < 2; k++) {
            if (!from[k]) continue;
            if (!*to[k]) *to[k] = jpeg_alloc_huff_table((j_common_ptr)c);
            **to[k] = *from[k];
            (*to[k])->sent_table = FALSE;
        }
    }
}

static void set_up(j_compress_ptr c, Source *s, Manner manner)
{
    struct jpeg_decompress_struct *d = &s->d;
    jpeg_copy_critical_parameters(d, c);
    /* a progressive file names tables scan by scan, so that the last ones say nothing of the others */
    for (int i = 0; i < c->num_components && !d->progressive_mode; i++) {
        c->comp_info[i].dc_tbl_no = d->comp_info[i].dc_tbl_no;
        c->comp_info[i].ac_tbl_no = d->comp_info[i].ac_tbl_no;
    }
    c->arith_code = d->arith_code;
    memcpy(c->arith_dc_L, d->arith_dc_L, sizeof c->arith_dc_L);
    memcpy(c->arith_dc_U, d->arith_dc_U, sizeof c->arith_dc_U);
    memcpy(c->arith_ac_K, d->arith_ac_K, sizeof c->arith_ac_K);
    if (!d->arith_code && !d->progressive_mode && manner.own_tables) copy_tables(c, d);
    /* arithmetic coding with optimised Huffman tables crashes some versions of libjpeg */
    c->optimize_coding = !d->arith_code && (!manner.own_tables || d->progressive_mode);
    if (manner.own_scans && s->n_scans > 0 && (d->progressive_mode || s->n_scans > 1)) {
        c->scan_info = s->scans;
        c->num_scans = s->n_scans;
    } else if (d->progressive_mode) {
        jpeg_simple_progression(c);
    }
    c->restart_interval = s->restart_interval;
    c->restart_in_rows = 0;
    c->write_JFIF_header = c->write_Adobe_marker = FALSE; /* they are among the saved markers, in their own order */
}

/* What lives while one attempt is written; it lies outside the function that longjmp comes back to. */
typedef struct {
    struct jpeg_compress_struct c;
    Destination to;
} Writer;

static int write_out(Writer *w, Source *s, Manner manner, Errors *errors)
{
    if (setjmp(errors->escape)) return errors->base.msg_code;
    jpeg_create_compress(&w->c);
    w->to.base.init_destination = destination_begin;
    w->to.base.empty_output_buffer = destination_grow;
    w->to.base.term_destination = destination_end;
    w->c.dest = &w->to.base;
    set_up(&w->c, s, manner);
    jpeg_write_coefficients(&w->c, s->arrays);
    for (jpeg_saved_marker_ptr m = s->d.marker_list; m; m = m->next)
        jpeg_write_marker(&w->c, m->marker, m->data, m->data_length);
    jpeg_finish_compress(&w->c);
    return 0;
}

int source_write(Source *s, Manner manner, Buffer *buffer, Errors *errors)
{
    Writer w;
    memset(&w, 0, sizeof w);
    w.to.buffer = buffer;
    w.c.err = quiet(errors);
    /* an error while the source's arrays are read must not jump to where the source was decoded */
    struct jpeg_error_mgr *reading = s->d.err;
    s->d.err = &errors->base;
    int code = write_out(&w, s, manner, errors);
    s->d.err = reading;
    jpeg_destroy_compress(&w.c);
    return code;
}
