/* What is done for every word of every text, compiled: an optional part, equal to the bit to what `router.text`,
 * `router.ballots` and `router.evidence` do without it (tests/test_speedups.py compares them). It is built where a
 * compiler is found.
 *
 * Between two looks at the marks of ballots nothing lets go of the interpreter's lock, so that marks are never mixed.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- Ballots: a word's votes, each biased as in `router.ballots`, and its counts ---- */

#define COUNTS 6
#define ONE 1073741824.0 /* 2^30: a vote is a whole number of its inverse */

typedef struct {
    PyObject_VAR_HEAD
    uint64_t mark; /* of the last sum that it was counted in: a sum is of distinct ballots */
    uint8_t counts[COUNTS];
    uint64_t votes[1]; /* `ob_size` of them */
} Ballot;

static PyTypeObject *ballot_type;
static uint64_t last_mark;

static PyObject *new_ballot(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    PyObject *votes, *counts;
    if (!PyArg_ParseTuple(arguments, "O!O!:Ballot", &PyTuple_Type, &votes, &PyTuple_Type, &counts))
        return NULL;
    if (PyTuple_GET_SIZE(counts) != COUNTS)
        return PyErr_Format(PyExc_ValueError, "expected %d counts", COUNTS);
    Ballot *ballot = (Ballot *)type->tp_alloc(type, PyTuple_GET_SIZE(votes));
    if (!ballot)
        return NULL;
    for (Py_ssize_t place = 0; place < Py_SIZE(ballot); place++)
        ballot->votes[place] = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(votes, place));
    for (int place = 0; place < COUNTS; place++) {
        unsigned long count = PyLong_AsUnsignedLong(PyTuple_GET_ITEM(counts, place));
        if (count > UINT8_MAX && !PyErr_Occurred())
            PyErr_SetString(PyExc_OverflowError, "expected counts of at most 255");
        ballot->counts[place] = (uint8_t)count;
    }
    if (PyErr_Occurred())
        Py_CLEAR(ballot);
    return (PyObject *)ballot;
}

static PyType_Slot ballot_slots[] = {
    {Py_tp_new, new_ballot},
    {Py_tp_doc, "Ballot(votes, counts): what one word adds. Told apart by identity."},
    {0, NULL},
};

static PyType_Spec ballot_spec = {
    .name = "router._speedups.Ballot",
    .basicsize = offsetof(Ballot, votes),
    .itemsize = sizeof(uint64_t),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = ballot_slots,
};

/* ---- Sums ---- */

#define MOST_VOTES 255

typedef struct {
    Py_ssize_t size;
    uint64_t votes[MOST_VOTES];
    uint64_t counts[COUNTS];
} Sum;

/* Adds the ballots of a clause that do not bear the mark. */
static int add(Sum *sum, PyObject *clause, uint64_t mark)
{
    if (!PyList_CheckExact(clause)) {
        PyErr_SetString(PyExc_TypeError, "expected lists of ballots");
        return -1;
    }
    for (Py_ssize_t number = 0; number < PyList_GET_SIZE(clause); number++) {
        Ballot *ballot = (Ballot *)PyList_GET_ITEM(clause, number);
        if (Py_TYPE(ballot) != ballot_type || Py_SIZE(ballot) != sum->size) {
            PyErr_SetString(PyExc_TypeError, "expected ballots with a vote for each category");
            return -1;
        }
        if (ballot->mark == mark)
            continue;
        ballot->mark = mark;
        for (Py_ssize_t place = 0; place < sum->size; place++)
            sum->votes[place] += ballot->votes[place];
        for (int place = 0; place < COUNTS; place++)
            sum->counts[place] += ballot->counts[place];
    }
    return 0;
}

static void begin(Sum *sum, Py_ssize_t size)
{
    sum->size = size;
    memset(sum->votes, 0, size * sizeof(uint64_t));
    memset(sum->counts, 0, sizeof sum->counts);
}

/* The first `votes` of a sum and then the first `counts`. */
static PyObject *as_tuple(const Sum *sum, Py_ssize_t votes, int counts)
{
    PyObject *fields = PyTuple_New(votes + counts);
    for (Py_ssize_t place = 0; fields && place < votes + counts; place++) {
        uint64_t value = place < votes ? sum->votes[place] : sum->counts[place - votes];
        PyObject *field = PyLong_FromUnsignedLongLong(value);
        if (!field)
            Py_CLEAR(fields);
        else
            PyTuple_SET_ITEM(fields, place, field);
    }
    return fields;
}

static int parse(PyObject *arguments, PyObject **clauses, Py_ssize_t *size)
{
    if (!PyArg_ParseTuple(arguments, "O!n", &PyList_Type, clauses, size))
        return -1;
    if (*size >= 1 && *size <= MOST_VOTES)
        return 0;
    PyErr_Format(PyExc_ValueError, "expected 1 to %d votes", MOST_VOTES);
    return -1;
}

/* The sum of the distinct ballots of all clauses, whose number of votes is set already. */
static int add_all(Sum *sum, PyObject *clauses)
{
    begin(sum, sum->size);
    uint64_t mark = ++last_mark;
    for (Py_ssize_t number = 0; number < PyList_GET_SIZE(clauses); number++)
        if (add(sum, PyList_GET_ITEM(clauses, number), mark))
            return -1;
    return 0;
}

static PyObject *total(PyObject *module, PyObject *arguments)
{
    PyObject *clauses;
    Sum sum;
    if (parse(arguments, &clauses, &sum.size) || add_all(&sum, clauses))
        return NULL;
    return as_tuple(&sum, sum.size, COUNTS);
}

static PyObject *sums(PyObject *module, PyObject *arguments)
{
    PyObject *clauses;
    Sum sum;
    if (parse(arguments, &clauses, &sum.size))
        return NULL;
    PyObject *found = PyList_New(PyList_GET_SIZE(clauses));
    for (Py_ssize_t number = 0; found && number < PyList_GET_SIZE(found); number++) {
        begin(&sum, sum.size);
        int failed = add(&sum, PyList_GET_ITEM(clauses, number), ++last_mark);
        PyObject *fields = failed ? NULL : as_tuple(&sum, sum.size - 1, 1);
        if (!fields)
            Py_CLEAR(found);
        else
            PyList_SET_ITEM(found, number, fields);
    }
    return found;
}

/* By how much the highest vote for a category exceeds that number `one`; the last vote is for no category. */
static int64_t highest_lead(const Sum *sum, Py_ssize_t one)
{
    int64_t highest = 0;
    for (Py_ssize_t place = 0; place < sum->size - 1; place++) {
        int64_t lead = (int64_t)(sum->votes[place] - sum->votes[one]);
        highest = lead > highest ? lead : highest;
    }
    return highest;
}

static PyObject *contrary(PyObject *module, PyObject *arguments)
{
    PyObject *clauses, *least;
    Py_ssize_t one, words;
    Sum sum;
    if (!PyArg_ParseTuple(
            arguments, "O!nnO!n", &PyList_Type, &clauses, &sum.size, &one, &PyTuple_Type, &least, &words))
        return NULL;
    if (sum.size < 1 || sum.size > MOST_VOTES || one < 0 || one >= sum.size - 1)
        return PyErr_Format(PyExc_ValueError, "expected 1 to %d votes, and the number of one", MOST_VOTES);
    PyObject *found = PyList_New(0);
    for (Py_ssize_t number = 0; found && number < PyList_GET_SIZE(clauses); number++) {
        PyObject *clause = PyList_GET_ITEM(clauses, number);
        begin(&sum, sum.size);
        if (add(&sum, clause, ++last_mark)) {
            Py_CLEAR(found);
            break;
        }
        if (PyList_GET_SIZE(clause) < words || sum.counts[0] >= (uint64_t)PyTuple_GET_SIZE(least))
            continue;
        if (highest_lead(&sum, one) < PyLong_AsLongLong(PyTuple_GET_ITEM(least, sum.counts[0])))
            continue;
        PyObject *pair = Py_BuildValue("nN", number, as_tuple(&sum, sum.size - 1, 1));
        if (!pair || PyList_Append(found, pair))
            Py_CLEAR(found);
        Py_XDECREF(pair);
    }
    return found;
}

static PyObject *leads(PyObject *module, PyObject *arguments)
{
    PyObject *ballots;
    Py_ssize_t one, other;
    if (!PyArg_ParseTuple(arguments, "O!nn", &PyList_Type, &ballots, &one, &other))
        return NULL;
    PyObject *found = PyList_New(PyList_GET_SIZE(ballots));
    for (Py_ssize_t number = 0; found && number < PyList_GET_SIZE(found); number++) {
        Ballot *ballot = (Ballot *)PyList_GET_ITEM(ballots, number);
        int fits = Py_TYPE(ballot) == ballot_type && 0 <= one && one < Py_SIZE(ballot) && 0 <= other && other < Py_SIZE(ballot);
        if (!fits)
            PyErr_SetString(PyExc_TypeError, "expected ballots with votes of these numbers");
        PyObject *lead = fits ? PyLong_FromLongLong((int64_t)(ballot->votes[one] - ballot->votes[other])) : NULL;
        if (!lead)
            Py_CLEAR(found);
        else
            PyList_SET_ITEM(found, number, lead);
    }
    return found;
}

/* ---- Evidence: `gather` of router.evidence, where nothing was undone and no address is in the text ---- */

typedef struct {
    const Ballot *ballot;
    Py_ssize_t start, end;
} Place; /* where a word stands first */

/* Finds the places of the distinct words in order, and how many there are; -1 if a word has been forgotten. It makes no
 * object, and by that gives no other thread an occasion to set marks. */
static Py_ssize_t find_places(PyObject *clauses, PyObject *names, PyObject *lowered, Place *places)
{
    Py_ssize_t count = 0, end = 0, length = PyUnicode_GET_LENGTH(lowered);
    uint64_t mark = ++last_mark;
    for (Py_ssize_t number = 0; number < PyList_GET_SIZE(clauses); number++) {
        PyObject *clause = PyList_GET_ITEM(clauses, number);
        for (Py_ssize_t word = 0; word < PyList_GET_SIZE(clause); word++) {
            Ballot *ballot = (Ballot *)PyList_GET_ITEM(clause, word);
            PyObject *name = PyDict_GetItemWithError(names, (PyObject *)ballot);
            Py_ssize_t start = name ? PyUnicode_Find(lowered, name, end, length, 1) : -1;
            if (start < 0)
                return -1;
            end = start + PyUnicode_GET_LENGTH(name);
            if (ballot->mark != mark)
                places[count++] = (Place){ballot, start, end};
            ballot->mark = mark;
        }
    }
    return count;
}

typedef struct {
    PyTypeObject *type; /* of a named tuple: start, end, text, vote, category */
    PyObject *text, *sides;
    Py_ssize_t one, other;
    double scale;
} Telling;

static PyObject *evidence_of(const Telling *as, const Place *at)
{
    int64_t lead = (int64_t)(at->ballot->votes[as->one] - at->ballot->votes[as->other]);
    PyObject *item = as->type->tp_alloc(as->type, 5);
    if (!item)
        return NULL;
    PyTuple_SET_ITEM(item, 0, PyLong_FromSsize_t(at->start));
    PyTuple_SET_ITEM(item, 1, PyLong_FromSsize_t(at->end));
    PyTuple_SET_ITEM(item, 2, PyUnicode_Substring(as->text, at->start, at->end));
    PyTuple_SET_ITEM(item, 3, PyFloat_FromDouble((double)(lead < 0 ? -lead : lead) * as->scale));
    PyTuple_SET_ITEM(item, 4, Py_NewRef(PyTuple_GET_ITEM(as->sides, lead < 0)));
    if (PyErr_Occurred())
        Py_CLEAR(item);
    return item;
}

/* How many words there are, repeated ones too; -1 where they are no ballots of that many votes. */
static Py_ssize_t count_words(PyObject *clauses, Py_ssize_t votes)
{
    Py_ssize_t count = 0;
    Sum sum = {.size = votes};
    if (add_all(&sum, clauses)) /* which sees to it that they are ballots */
        return -1;
    for (Py_ssize_t number = 0; number < PyList_GET_SIZE(clauses); number++)
        count += PyList_GET_SIZE(PyList_GET_ITEM(clauses, number));
    return count;
}

static PyObject *gather(PyObject *module, PyObject *arguments)
{
    Telling as;
    PyObject *lowered, *names, *clauses;
    Py_ssize_t votes;
    if (!PyArg_ParseTuple(
            arguments, "O!UUO!O!nnnO!", &PyType_Type, &as.type, &as.text, &lowered, &PyDict_Type, &names, &PyList_Type,
            &clauses, &votes, &as.one, &as.other, &PyTuple_Type, &as.sides))
        return NULL;
    int fits = votes >= 1 && votes <= MOST_VOTES && as.one >= 0 && as.one < votes && as.other >= 0 && as.other < votes
               && PyTuple_GET_SIZE(as.sides) == 2 && PyType_IsSubtype(as.type, &PyTuple_Type);
    if (!fits)
        return PyErr_Format(PyExc_ValueError, "expected a named tuple, numbers of two votes, and their names");
    Py_ssize_t words = count_words(clauses, votes);
    Place *places = words < 0 ? NULL : PyMem_New(Place, words + 1);
    if (!places)
        return words < 0 ? NULL : PyErr_NoMemory();
    Py_ssize_t count = find_places(clauses, names, lowered, places);
    as.scale = 1 / (ONE * sqrt(count > 0 ? (double)count : 1));
    PyObject *found = count < 0 ? (PyErr_Occurred() ? NULL : Py_NewRef(Py_None)) : PyList_New(count);
    for (Py_ssize_t number = 0; found && number < count; number++) {
        PyObject *item = evidence_of(&as, &places[number]);
        if (!item)
            Py_CLEAR(found);
        else
            PyList_SET_ITEM(found, number, item);
    }
    PyMem_Free(places);
    return found;
}

/* ---- Clauses: `Chunks._spaced` of router.text ---- */

enum { VALUES, ENDS, OPENS, STRANGE, PIECE_FIELDS }; /* the fields of a `Piece` */

typedef struct {
    PyObject *chunks, *text, *found, *clause; /* `clause` is the last of `found` */
    Py_ssize_t place;                         /* where the next chunk begins; -1 after the last */
} Scan;

/* What stands for the next chunk, with a negation before it if one is given. */
static PyObject *next_value(Scan *scan, PyObject *negation)
{
    if (scan->place < 0)
        return PyObject_CallMethod(scan->chunks, "_negated", "OO", negation, Py_None);
    Py_ssize_t length = PyUnicode_GET_LENGTH(scan->text);
    Py_ssize_t end = PyUnicode_FindChar(scan->text, ' ', scan->place, length, 1);
    if (end < -1)
        return NULL;
    PyObject *chunk = PyUnicode_Substring(scan->text, scan->place, end < 0 ? length : end);
    scan->place = end < 0 ? -1 : end + 1;
    if (chunk && negation)
        Py_SETREF(chunk, PyUnicode_FromFormat("%U %U", negation, chunk));
    PyObject *value = chunk ? PyObject_GetItem(scan->chunks, chunk) : NULL;
    Py_XDECREF(chunk);
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

/* Reads a text to its end: 1 if it was read, 0 if it is strange, -1 for an error. */
static int scan_text(Scan *scan, PyTypeObject *piece_type)
{
    int ends = 0;
    if (begin_clause(scan))
        return -1;
    while (scan->place >= 0) {
        PyObject *value = next_value(scan, NULL);
        while (value && Py_TYPE(value) == piece_type && PyUnicode_GET_LENGTH(PyTuple_GET_ITEM(value, OPENS))) {
            PyObject *piece = value; /* it ends in «не», which may belong to what follows it */
            int failed = append_all(scan->clause, PyTuple_GET_ITEM(piece, VALUES));
            value = failed ? NULL : next_value(scan, PyTuple_GET_ITEM(piece, OPENS));
            ends = 0;
            Py_DECREF(piece);
        }
        if (!value)
            return -1;
        int failed;
        if (Py_TYPE(value) != piece_type) {
            failed = PyList_Append(scan->clause, value);
        } else if (PyTuple_GET_ITEM(value, STRANGE) == Py_True) {
            Py_DECREF(value);
            return 0;
        } else {
            failed = append_all(scan->clause, PyTuple_GET_ITEM(value, VALUES));
            ends = PyTuple_GET_ITEM(value, ENDS) == Py_True;
            if (!failed && ends)
                failed = begin_clause(scan);
        }
        Py_DECREF(value);
        if (failed)
            return -1;
    }
    Py_ssize_t last = PyList_GET_SIZE(scan->found) - 1;
    if (ends && !PyList_GET_SIZE(scan->clause)) /* nothing follows, so that it ended the text and no clause */
        return PyList_SetSlice(scan->found, last, last + 1, NULL) ? -1 : 1;
    return 1;
}

static PyObject *spaced(PyObject *module, PyObject *arguments)
{
    Scan scan = {.place = 0};
    PyTypeObject *piece_type;
    if (!PyArg_ParseTuple(arguments, "O!O!U", &PyDict_Type, &scan.chunks, &PyType_Type, &piece_type, &scan.text))
        return NULL;
    if (!PyType_IsSubtype(piece_type, &PyTuple_Type))
        return PyErr_Format(PyExc_TypeError, "expected a named tuple of %d fields", PIECE_FIELDS);
    scan.found = PyList_New(0);
    int read = scan.found ? scan_text(&scan, piece_type) : -1;
    if (read > 0)
        return scan.found;
    Py_XDECREF(scan.found);
    return read < 0 ? NULL : Py_NewRef(Py_None);
}

/* ---- The module ---- */

static PyMethodDef functions[] = {
    {"total", total, METH_VARARGS, "total(clauses, votes): the sum of the distinct ballots of all clauses."},
    {"sums", sums, METH_VARARGS, "sums(clauses, votes): for each clause the sum of its distinct ballots."},
    {"contrary", contrary, METH_VARARGS, "contrary(clauses, votes, one, least, words): see `Layout.contrary`."},
    {"leads", leads, METH_VARARGS, "leads(ballots, one, other): by how much a vote exceeds another."},
    {"gather", gather, METH_VARARGS, "gather(type, text, lowered, names, clauses, votes, one, other, sides): evidence."},
    {"spaced", spaced, METH_VARARGS, "spaced(chunks, piece, text): what `Chunks._spaced` returns."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "router._speedups",
    .m_doc = "What is done for every word, compiled.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__speedups(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (!module)
        return NULL;
    ballot_type = (PyTypeObject *)PyType_FromSpec(&ballot_spec);
    if (!ballot_type || PyModule_AddObjectRef(module, "Ballot", (PyObject *)ballot_type))
        Py_CLEAR(module);
    return module;
}
