/* Memory: a table of chunks by their hash, with open places; an old one gives way only when all do. */
#include "speedups.h"

#define LONGEST_CHAIN 64 /* of chunks in one another's places; hostile ones could make it longer: all is forgotten then */

PyTypeObject *memory_type;

static PyObject *new_memory(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    Py_ssize_t limit;
    uint64_t seed;
    if (!PyArg_ParseTuple(arguments, "nK:Memory", &limit, &seed))
        return NULL;
    if (limit < 1 || limit > 1 << 24)
        return PyErr_Format(PyExc_ValueError, "expected a limit of 1 to 2^24 chunks");
    Memory *memory = (Memory *)type->tp_alloc(type, 0);
    if (!memory)
        return NULL;
    size_t slots = 2;
    while (slots < 2 * (size_t)limit)
        slots *= 2;
    memory->limit = limit;
    memory->mask = slots - 1;
    memory->seed = seed;
    memory->slots = PyMem_Calloc(slots, sizeof(Slot));
    if (!memory->slots) {
        Py_DECREF(memory);
        return PyErr_NoMemory();
    }
    return (PyObject *)memory;
}

static void forget(Memory *memory)
{
    for (size_t place = 0; memory->slots && place <= memory->mask; place++) {
        Chunk *chunk = memory->slots[place].chunk;
        memory->slots[place].chunk = NULL;
        if (chunk) {
            Py_DECREF(chunk->value);
            PyMem_Free(chunk);
        }
    }
    memory->count = 0;
}

static void delete_memory(PyObject *memory)
{
    PyTypeObject *type = Py_TYPE(memory);
    forget((Memory *)memory);
    PyMem_Free(((Memory *)memory)->slots);
    type->tp_free(memory);
    Py_DECREF(type);
}

static Py_ssize_t count_chunks(PyObject *memory)
{
    return ((Memory *)memory)->count;
}

static int is_text(const Chunk *chunk, PyObject *text, Range range)
{
    int kind = PyUnicode_KIND(text);
    const void *letters = PyUnicode_DATA(text);
    if (chunk->length != range.end - range.start)
        return 0;
    for (uint32_t place = 0; place < chunk->length; place++)
        if (chunk->text[place] != PyUnicode_READ(kind, letters, range.start + place))
            return 0;
    return 1;
}

Chunk *recall(const Memory *memory, PyObject *text, Range range)
{
    for (size_t place = range.hash & memory->mask; memory->slots[place].chunk; place = (place + 1) & memory->mask) {
        const Slot *slot = &memory->slots[place];
        if (slot->hash == range.hash && is_text(slot->chunk, text, range))
            return slot->chunk;
    }
    return NULL;
}

static Slot *empty_slot(Memory *memory, uint64_t hash)
{
    for (size_t step = 0; step < LONGEST_CHAIN; step++) {
        Slot *slot = &memory->slots[(hash + step) & memory->mask];
        if (!slot->chunk)
            return slot;
    }
    forget(memory);
    return &memory->slots[hash & memory->mask];
}

int keep(Memory *memory, PyObject *text, Range range, PyObject *value, int is_piece)
{
    Py_ssize_t length = range.end - range.start;
    if (recall(memory, text, range))
        return 0; /* another thread was quicker */
    if (memory->count >= memory->limit)
        forget(memory);
    Chunk *chunk = PyMem_Malloc(sizeof(Chunk) + length * sizeof(Py_UCS4));
    if (!chunk) {
        PyErr_NoMemory();
        return -1;
    }
    chunk->value = Py_NewRef(value);
    chunk->length = (uint32_t)length;
    chunk->is_piece = is_piece;
    for (Py_ssize_t place = 0; place < length; place++)
        chunk->text[place] = PyUnicode_READ_CHAR(text, range.start + place);
    *empty_slot(memory, range.hash) = (Slot){range.hash, chunk};
    memory->count++;
    return 0;
}

static PyMethodDef memory_methods[] = {
    {"spaced", spaced, METH_VARARGS, "spaced(chunks, piece, text): what `Chunks._spaced` returns."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot memory_slots[] = {
    {Py_tp_new, new_memory},
    {Py_tp_dealloc, delete_memory},
    {Py_tp_methods, memory_methods},
    {Py_sq_length, count_chunks},
    {Py_tp_doc, "Memory(limit, seed): chunk -> what stands for it, for so many chunks; then they are forgotten."},
    {0, NULL},
};

PyType_Spec memory_spec = {
    .name = "router._speedups.Memory",
    .basicsize = sizeof(Memory),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = memory_slots,
};
