/* Clauses: `Chunks._spaced` of router.text. */
#include "speedups.h"

enum { VALUES, ENDS, OPENS, STRANGE, PIECE_FIELDS }; /* the fields of a `Piece` */

#define WINDOW 64

typedef struct {
    Memory *memory;
    PyTypeObject *piece_type;
    PyObject *chunks, *text;
    PyObject *found, *clause; /* `clause` is the last of `found` */
    Py_ssize_t place;         /* where the chunk after the window begins; -1 if none does */
    int next, count;          /* of the window */
    Range window[WINDOW];
} Scan;

#if defined(__GNUC__)
#define FETCH(address) __builtin_prefetch(address)
#else
#define FETCH(address) ((void)0)
#endif

/* Takes the text's next chunks into the window. What is known of them is fetched from memory for all of them at once:
 * waiting for memory is most of the work, and this way it is waited for together. Nothing else comes of it. */
static void look_ahead(Scan *scan)
{
    int kind = PyUnicode_KIND(scan->text);
    const void *letters = PyUnicode_DATA(scan->text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(scan->text);
    const Memory *memory = scan->memory;
    scan->next = scan->count = 0;
    while (scan->count < WINDOW && scan->place >= 0) {
        Range range = {scan->place, scan->place, memory->seed};
        for (; range.end < length; range.end++) {
            Py_UCS4 letter = PyUnicode_READ(kind, letters, range.end);
            if (letter == ' ')
                break;
            range.hash = mixed(range.hash, letter);
        }
        FETCH(&memory->slots[range.hash & memory->mask]);
        scan->window[scan->count++] = range;
        scan->place = range.end < length ? range.end + 1 : -1;
    }
    for (int number = 0; number < scan->count; number++)
        FETCH(memory->slots[scan->window[number].hash & memory->mask].chunk);
    for (int number = 0; number < scan->count; number++) {
        const Slot *slot = &memory->slots[scan->window[number].hash & memory->mask];
        if (slot->chunk && slot->hash == scan->window[number].hash) {
            FETCH(slot->chunk->value);
            FETCH((char *)slot->chunk->value + 64);
        }
    }
}

static int is_strange(const Scan *scan, PyObject *value)
{
    return Py_TYPE(value) == scan->piece_type && PyTuple_GET_ITEM(value, STRANGE) == Py_True;
}

/* What stands for a chunk of a text: remembered, or else asked for and kept. */
static PyObject *value_of(Scan *scan, PyObject *text, Range range, int *is_piece)
{
    const Chunk *known = recall(scan->memory, text, range);
    if (known) {
        *is_piece = known->is_piece;
        return Py_NewRef(known->value);
    }
    PyObject *chunk = PyUnicode_Substring(text, range.start, range.end);
    PyObject *value = chunk ? PyObject_CallMethod(scan->chunks, "read", "O", chunk) : NULL;
    Py_XDECREF(chunk);
    if (!value)
        return NULL;
    *is_piece = Py_TYPE(value) == scan->piece_type;
    if (!is_strange(scan, value) && keep(scan->memory, text, range, value, *is_piece))
        Py_CLEAR(value);
    return value;
}

static PyObject *next_value(Scan *scan, int *is_piece)
{
    Range range = scan->window[scan->next++];
    PyObject *value = value_of(scan, scan->text, range, is_piece);
    if (scan->next == scan->count && scan->place >= 0)
        look_ahead(scan);
    return value;
}

/* What stands for a negation with the chunk after it. */
static PyObject *next_negated(Scan *scan, PyObject *negation, int *is_piece)
{
    *is_piece = 1;
    if (scan->next == scan->count)
        return PyObject_CallMethod(scan->chunks, "_negated", "OO", negation, Py_None);
    Range range = scan->window[scan->next++], whole = {0, 0, scan->memory->seed};
    PyObject *chunk = PyUnicode_Substring(scan->text, range.start, range.end);
    PyObject *both = chunk ? PyUnicode_FromFormat("%U %U", negation, chunk) : NULL;
    for (; both && whole.end < PyUnicode_GET_LENGTH(both); whole.end++)
        whole.hash = mixed(whole.hash, PyUnicode_READ_CHAR(both, whole.end));
    PyObject *value = both ? value_of(scan, both, whole, is_piece) : NULL;
    Py_XDECREF(chunk);
    Py_XDECREF(both);
    if (scan->next == scan->count && scan->place >= 0)
        look_ahead(scan);
    return value;
}

static int begin_clause(Scan *scan)
{
    scan->clause = PyList_New(0);
    if (!scan->clause)
        return -1;
    int failed = PyList_Append(scan->found, scan->clause);
    Py_DECREF(scan->clause); /* `found` keeps it */
    return failed;
}

static int append_all(PyObject *list, PyObject *values)
{
    for (Py_ssize_t number = 0; number < PyTuple_GET_SIZE(values); number++)
        if (PyList_Append(list, PyTuple_GET_ITEM(values, number)))
            return -1;
    return 0;
}

/* Appends the words of the next chunk, and of those that a negation reaches: 1, 0 if one is strange, -1 for an error. */
static int append_next(Scan *scan, int *ends)
{
    int is_piece;
    PyObject *value = next_value(scan, &is_piece);
    while (value && is_piece && PyUnicode_GET_LENGTH(PyTuple_GET_ITEM(value, OPENS))) {
        PyObject *piece = value; /* it ends in «не», which may belong to what follows it */
        int failed = append_all(scan->clause, PyTuple_GET_ITEM(piece, VALUES));
        value = failed ? NULL : next_negated(scan, PyTuple_GET_ITEM(piece, OPENS), &is_piece);
        *ends = 0;
        Py_DECREF(piece);
    }
    if (!value)
        return -1;
    int strange = is_strange(scan, value), failed = 0;
    if (!is_piece) {
        failed = PyList_Append(scan->clause, value);
    } else if (!strange) {
        failed = append_all(scan->clause, PyTuple_GET_ITEM(value, VALUES));
        *ends = PyTuple_GET_ITEM(value, ENDS) == Py_True;
        failed = failed || (*ends && begin_clause(scan));
    }
    Py_DECREF(value);
    return failed ? -1 : !strange;
}

static int scan_text(Scan *scan)
{
    int ends = 0, read = begin_clause(scan) ? -1 : 1;
    look_ahead(scan);
    while (read > 0 && scan->next < scan->count)
        read = append_next(scan, &ends);
    Py_ssize_t last = PyList_GET_SIZE(scan->found) - 1;
    if (read > 0 && ends && !PyList_GET_SIZE(scan->clause)) /* nothing follows: it ended the text and no clause */
        return PyList_SetSlice(scan->found, last, last + 1, NULL) ? -1 : 1;
    return read;
}

PyObject *spaced(PyObject *memory, PyObject *arguments)
{
    Scan scan;
    scan.memory = (Memory *)memory;
    scan.place = 0;
    if (!PyArg_ParseTuple(arguments, "OO!U", &scan.chunks, &PyType_Type, &scan.piece_type, &scan.text))
        return NULL;
    if (!PyType_IsSubtype(scan.piece_type, &PyTuple_Type))
        return PyErr_Format(PyExc_TypeError, "expected a named tuple of %d fields", PIECE_FIELDS);
    scan.found = PyList_New(0);
    int read = scan.found ? scan_text(&scan) : -1;
    if (read > 0)
        return scan.found;
    Py_XDECREF(scan.found);
    return read < 0 ? NULL : Py_NewRef(Py_None);
}
