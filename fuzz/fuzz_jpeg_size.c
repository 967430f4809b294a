/* libFuzzer: the header of a JPEG, and nothing but the header. */
#include <stdint.h>
#include <stdlib.h>

#include "overpaint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Edit edit;
    measure_jpeg(data, size, &edit);
    if (!edit.kind && (edit.width < 1 || edit.height < 1 || edit.components < 1)) abort();
    if (edit.kind && !edit.reason) abort(); /* the refusal needs its word */
    return 0;
}
