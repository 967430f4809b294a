/* Which Huffman codes a block needs, and whether a table has them (ITU-T T.81, F.1.2.2). */
#include "jpeg.h"

#include <string.h>

static const uint8_t ZIGZAG[DCTSIZE2] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

static int bits_of(int value)
{
    int n = 0;
    for (value = value < 0 ? -value : value; value; value >>= 1) n++;
    return n;
}

/* Mark the symbols that a block's AC coefficients are coded with: a run of zeros and the bits of what follows. */
void mark_symbols(const JCOEF block[DCTSIZE2], uint8_t symbols[256])
{
    int run = 0;
    for (int k = 1; k < DCTSIZE2; k++) {
        int value = block[ZIGZAG[k]];
        if (!value) {
            run++;
            continue;
        }
        if (run > 15) symbols[0xF0] = 1;
        symbols[(run & 15) << 4 | bits_of(value)] = 1;
        run = 0;
    }
    if (run) symbols[0] = 1;
}

int has_symbols(const JHUFF_TBL *table, const uint8_t symbols[256])
{
    uint8_t known[256] = {0};
    int n = 0;
    if (!table) return 0;
    for (int i = 1; i <= 16; i++) n += table->bits[i];
    for (int i = 0; i < n && i < 256; i++) known[table->huffval[i]] = 1;
    for (int i = 0; i < 256; i++)
        if (symbols[i] && !known[i]) return 0;
    return 1;
}
