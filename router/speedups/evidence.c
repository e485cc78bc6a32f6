/* Evidence: `gather` of router.evidence, where nothing was undone and no address is in the text. */
#include "speedups.h"

typedef struct {
    const Ballot *ballot;
    Py_ssize_t start, end;
} Place; /* where a word stands first */

/* Finds the places of the distinct words in order, and how many there are; -1 if one does not stand there. It makes no
 * object, and by that gives no other thread an occasion to set marks. */
static Py_ssize_t find_places(PyObject *clauses, PyObject *lowered, Place *places)
{
    Py_ssize_t count = 0, end = 0, length = PyUnicode_GET_LENGTH(lowered);
    uint64_t mark = next_mark();
    for (Py_ssize_t number = 0; number < PyList_GET_SIZE(clauses); number++) {
        PyObject *clause = PyList_GET_ITEM(clauses, number);
        for (Py_ssize_t word = 0; word < PyList_GET_SIZE(clause); word++) {
            Ballot *ballot = (Ballot *)PyList_GET_ITEM(clause, word);
            Py_ssize_t start = PyUnicode_Find(lowered, ballot->word, end, length, 1);
            if (start < 0)
                return -1;
            end = start + PyUnicode_GET_LENGTH(ballot->word);
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

PyObject *gather(PyObject *module, PyObject *arguments)
{
    Telling as;
    PyObject *lowered, *clauses;
    Py_ssize_t votes;
    if (!PyArg_ParseTuple(
            arguments, "O!UUO!nnnO!", &PyType_Type, &as.type, &as.text, &lowered, &PyList_Type, &clauses, &votes, &as.one,
            &as.other, &PyTuple_Type, &as.sides))
        return NULL;
    int fits = votes >= 1 && votes <= MOST_VOTES && as.one >= 0 && as.one < votes && as.other >= 0 && as.other < votes
               && PyTuple_GET_SIZE(as.sides) == 2 && PyType_IsSubtype(as.type, &PyTuple_Type);
    if (!fits)
        return PyErr_Format(PyExc_ValueError, "expected a named tuple, numbers of two votes, and their names");
    Py_ssize_t words = count_words(clauses, votes);
    Place *places = words < 0 ? NULL : PyMem_New(Place, words + 1);
    if (!places)
        return words < 0 ? NULL : PyErr_NoMemory();
    Py_ssize_t count = find_places(clauses, lowered, places);
    as.scale = 1 / (ONE * sqrt(count > 0 ? (double)count : 1));
    PyObject *found = count >= 0 ? PyList_New(count) : NULL;
    if (count < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "expected the text that the words stand in");
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
