/* Reading and writing a JPEG's quantised coefficients through libjpeg, without exit() and without words on stderr. */
#ifndef OVERPAINT_JPEG_H
#define OVERPAINT_JPEG_H

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "overpaint.h"

#define MOST_SCANS 200 /* a picture has about ten; thousands of empty ones are made to keep a decoder busy */
#define SCANS_REFUSED (-1)

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    long warnings;
    char text[JMSG_LENGTH_MAX];
} Errors;

typedef struct {
    struct jpeg_decompress_struct d;
    struct jpeg_progress_mgr progress;
    Errors errors;
    jvirt_barray_ptr *arrays;
    JBLOCKROW *rows[MAX_COMPS_IN_SCAN]; /* all rows of a component; they lie in memory as long as `d` does */
    int n_scans, recorded;              /* how its scans were laid out */
    jpeg_scan_info scans[MOST_SCANS];
    unsigned restart_interval;
    int open, lacks_codes;
    long header_warnings; /* about markers: an edit carries those over, they say nothing of the scan */
} Source;

typedef struct {
    unsigned char *bytes;
    size_t length, capacity;
} Buffer;

/* How an attempt at writing goes about it. */
typedef struct {
    int own_scans;  /* the source's order of scans, else libjpeg's usual one */
    int own_tables; /* the source's Huffman tables, else ones made for these coefficients */
} Manner;

/* Each returns 0 or a message code of libjpeg (or SCANS_REFUSED); its words are in errors.text. */
int source_header(Source *source, const unsigned char *data, size_t length, int keep_markers);
int source_coefficients(Source *source);
void source_close(Source *source);
int source_write(Source *source, Manner manner, Buffer *buffer, Errors *errors);

void mark_symbols(const JCOEF block[DCTSIZE2], uint8_t symbols[256]);
int has_symbols(const JHUFF_TBL *table, const uint8_t symbols[256]);

/* Whether every visible block of both has the same coefficients. */
int same_coefficients(const Source *a, const Source *b);
const JQUANT_TBL *component_quant(const Source *source, int component);

#endif
