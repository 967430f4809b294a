/* The Python face of the extension; see _native.pyi for what each function takes and gives. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#include "overpaint.h"

/* Regions as they come from Python: two buffers of int32 rows. They are copied, because a buffer may lie at any
 * address and may change while the interpreter's lock is let go. */
static int take_regions(Regions *regions, const Py_buffer *groups, const Py_buffer *cores, int cells, int look)
{
    memset(regions, 0, sizeof *regions);
    if (groups->len % (Py_ssize_t)sizeof(Group) || cores->len % (Py_ssize_t)sizeof(Core)) {
        PyErr_SetString(PyExc_ValueError, "groups must be rows of 3 int32, cores rows of 6");
        return -1;
    }
    if (look < 0 || look >= LOOKS) {
        PyErr_SetString(PyExc_ValueError, "no such look");
        return -1;
    }
    Group *g = PyMem_Malloc((size_t)groups->len + 1);
    Core *c = PyMem_Malloc((size_t)cores->len + 1);
    if (!g || !c) {
        PyMem_Free(g);
        PyMem_Free(c);
        PyErr_NoMemory();
        return -1;
    }
    memcpy(g, groups->buf, (size_t)groups->len);
    memcpy(c, cores->buf, (size_t)cores->len);
    regions->groups = g, regions->n_groups = (size_t)groups->len / sizeof(Group);
    regions->cores = c, regions->n_cores = (size_t)cores->len / sizeof(Core);
    regions->cells = cells, regions->look = (Look)look;
    return 0;
}

static void drop_regions(Regions *regions)
{
    PyMem_Free((void *)regions->groups);
    PyMem_Free((void *)regions->cores);
}

static PyObject *refuse(PyObject *module, const Edit *edit)
{
    if (!strcmp(edit->kind, "memory")) return PyErr_NoMemory();
    if (!strcmp(edit->kind, "regions")) {
        PyErr_SetString(PyExc_ValueError, edit->detail);
        return NULL;
    }
    PyObject *type = PyObject_GetAttrString(module, "Refusal");
    PyObject *args = type ? Py_BuildValue("(sss)", edit->kind, edit->reason, edit->detail) : NULL;
    if (args) PyErr_SetObject(type, args);
    Py_XDECREF(args);
    Py_XDECREF(type);
    return NULL;
}

static PyObject *sampling(const Edit *edit)
{
    PyObject *list = PyTuple_New(edit->components);
    for (int i = 0; list && i < edit->components; i++) {
        PyObject *pair = Py_BuildValue("(ii)", (int)edit->h[i], (int)edit->v[i]);
        if (!pair || PyTuple_SetItem(list, i, pair)) Py_CLEAR(list);
    }
    return list;
}

static PyObject *report(const Edit *edit)
{
    PyObject *factors = sampling(edit);
    if (!factors) return NULL;
    return Py_BuildValue("(y#{s:i,s:i,s:N,s:N,s:N,s:l,s:s,s:n,s:N,s:N,s:N,s:n,s:n})", edit->bytes,
                         (Py_ssize_t)edit->length, "width", (int)edit->width, "height", (int)edit->height, "sampling",
                         factors, "progressive", PyBool_FromLong(edit->progressive), "arithmetic",
                         PyBool_FromLong(edit->arithmetic), "warnings", edit->warnings, "warning", edit->detail,
                         "trailing", (Py_ssize_t)edit->trailing, "optimised", PyBool_FromLong(edit->optimised),
                         "own_script", PyBool_FromLong(edit->own_script), "clamped", PyBool_FromLong(edit->clamped),
                         "blocks_edited", (Py_ssize_t)edit->edited, "blocks_changed", (Py_ssize_t)edit->changed);
}

static PyObject *py_edit_jpeg(PyObject *module, PyObject *args)
{
    Py_buffer data, groups, cores;
    int cells, look;
    long long max_pixels;
    Regions regions;
    Edit edit;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*iiL:edit_jpeg", &data, &groups, &cores, &cells, &look, &max_pixels)) return NULL;
    if (!take_regions(&regions, &groups, &cores, cells, look)) {
        Py_BEGIN_ALLOW_THREADS
        edit_jpeg(data.buf, (size_t)data.len, &regions, max_pixels, &edit);
        Py_END_ALLOW_THREADS
        result = edit.kind ? refuse(module, &edit) : report(&edit);
        free(edit.bytes);
        drop_regions(&regions);
    }
    PyBuffer_Release(&data);
    PyBuffer_Release(&groups);
    PyBuffer_Release(&cores);
    return result;
}

static PyObject *py_jpeg_size(PyObject *module, PyObject *args)
{
    Py_buffer data;
    Edit edit;
    if (!PyArg_ParseTuple(args, "y*:jpeg_size", &data)) return NULL;
    measure_jpeg(data.buf, (size_t)data.len, &edit);
    PyBuffer_Release(&data);
    return edit.kind ? refuse(module, &edit) : Py_BuildValue("(ii)", (int)edit.width, (int)edit.height);
}

/* NULL where the buffer is a plane that can be painted, else what is wrong. */
static const char *take_samples(Samples *samples, const Py_buffer *view, int depth)
{
    if (view->ndim != 2) return "samples must have two dimensions";
    if (view->itemsize != 1 && view->itemsize != 2) return "samples must be uint8 or uint16";
    if (!view->format || strcmp(view->format, view->itemsize == 1 ? "B" : "H")) return "samples must be uint8 or uint16";
    if (depth < 1 || depth > 8 * view->itemsize) return "depth must fit the samples";
    if (view->shape[0] < 1 || view->shape[1] < 1 || view->shape[0] > (1 << 24) || view->shape[1] > (1 << 24))
        return "samples must have 1 to 2^24 rows and columns";
    samples->start = view->buf;
    samples->row_stride = view->strides[0], samples->sample_stride = view->strides[1];
    samples->height = (int32_t)view->shape[0], samples->width = (int32_t)view->shape[1];
    samples->bytes = (int32_t)view->itemsize, samples->depth = depth;
    return NULL;
}

static PyObject *py_paint_plane(PyObject *module, PyObject *args)
{
    PyObject *array, *result = NULL;
    Py_buffer view, groups, cores;
    int cells, look, depth, failed = 0;
    Regions regions;
    Samples samples;
    (void)module;
    if (!PyArg_ParseTuple(args, "Oiy*y*ii:paint_plane", &array, &depth, &groups, &cores, &cells, &look)) return NULL;
    if (!PyObject_GetBuffer(array, &view, PyBUF_STRIDES | PyBUF_FORMAT | PyBUF_WRITABLE)) {
        const char *fault = take_samples(&samples, &view, depth);
        if (fault) {
            PyErr_SetString(PyExc_ValueError, fault);
        } else if (!take_regions(&regions, &groups, &cores, cells, look)) {
            fault = regions_fault(&regions, samples.width, samples.height);
            if (fault) {
                PyErr_SetString(PyExc_ValueError, fault);
            } else {
                Py_BEGIN_ALLOW_THREADS
                failed = paint_samples(&samples, &regions);
                Py_END_ALLOW_THREADS
                result = failed ? PyErr_NoMemory() : Py_NewRef(Py_None);
            }
            drop_regions(&regions);
        }
        PyBuffer_Release(&view);
    }
    PyBuffer_Release(&groups);
    PyBuffer_Release(&cores);
    return result;
}

static PyMethodDef methods[] = {
    {"edit_jpeg", py_edit_jpeg, METH_VARARGS,
     "edit_jpeg(data, groups, cores, cells, look, max_pixels) -> (bytes, facts)"},
    {"jpeg_size", py_jpeg_size, METH_VARARGS, "jpeg_size(data) -> (width, height)"},
    {"paint_plane", py_paint_plane, METH_VARARGS, "paint_plane(samples, depth, groups, cores, cells, look) -> None"},
    {NULL, NULL, 0, NULL},
};

static int fill_module(PyObject *module)
{
    PyObject *refusal = PyErr_NewException("overpaint.painting._native.Refusal", NULL, NULL);
    int failed = !refusal || PyModule_AddObjectRef(module, "Refusal", refusal);
    Py_XDECREF(refusal);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)fill_module}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "overpaint.painting._native", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&definition); }
