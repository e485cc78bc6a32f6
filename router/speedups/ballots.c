/* Ballots and their sums: `router.ballots`. */
#include "speedups.h"

PyTypeObject *ballot_type;

static uint64_t last_mark;

uint64_t next_mark(void)
{
    return ++last_mark;
}

static PyObject *new_ballot(PyTypeObject *type, PyObject *arguments, PyObject *named)
{
    PyObject *word, *votes, *counts;
    if (!PyArg_ParseTuple(arguments, "UO!O!:Ballot", &word, &PyTuple_Type, &votes, &PyTuple_Type, &counts))
        return NULL;
    if (PyTuple_GET_SIZE(counts) != COUNTS)
        return PyErr_Format(PyExc_ValueError, "expected %d counts", COUNTS);
    Ballot *ballot = (Ballot *)type->tp_alloc(type, PyTuple_GET_SIZE(votes));
    if (!ballot)
        return NULL;
    ballot->word = Py_NewRef(word);
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

static void delete_ballot(PyObject *ballot)
{
    PyTypeObject *type = Py_TYPE(ballot);
    Py_XDECREF(((Ballot *)ballot)->word);
    type->tp_free(ballot);
    Py_DECREF(type);
}

static PyMemberDef ballot_members[] = {
    {"word", T_OBJECT_EX, offsetof(Ballot, word), READONLY, "The word whose ballot it is."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot ballot_slots[] = {
    {Py_tp_new, new_ballot},
    {Py_tp_dealloc, delete_ballot},
    {Py_tp_members, ballot_members},
    {Py_tp_doc, "Ballot(word, votes, counts): what a word adds. Told apart by identity."},
    {0, NULL},
};

PyType_Spec ballot_spec = {
    .name = "router._speedups.Ballot",
    .basicsize = offsetof(Ballot, votes),
    .itemsize = sizeof(uint64_t),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = ballot_slots,
};

/* ---- Sums ---- */

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

/* The votes of a sum and then its counts. */
static PyObject *as_tuple(const Sum *sum)
{
    PyObject *fields = PyTuple_New(sum->size + COUNTS);
    for (Py_ssize_t place = 0; fields && place < sum->size + COUNTS; place++) {
        uint64_t value = place < sum->size ? sum->votes[place] : sum->counts[place - sum->size];
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

PyObject *total(PyObject *module, PyObject *arguments)
{
    PyObject *clauses;
    Sum sum;
    if (parse(arguments, &clauses, &sum.size) || add_all(&sum, clauses))
        return NULL;
    return as_tuple(&sum);
}

/* By how much number `one` exceeds the highest other vote for a category; where `other` is true, by how much the highest
 * of the others exceeds all the rest, `one` among them. The last vote is for no category. */
static int64_t lead_of(const Sum *sum, Py_ssize_t one, int other)
{
    uint64_t own = sum->votes[one], highest = 0, second = 0; /* of the others; biased, votes are positive */
    for (Py_ssize_t place = 0; place < sum->size - 1; place++) {
        uint64_t vote = place == one ? 0 : sum->votes[place];
        second = vote > highest ? highest : vote > second ? vote : second;
        highest = vote > highest ? vote : highest;
    }
    return other ? (int64_t)(highest - (second > own ? second : own)) : (int64_t)(own - highest);
}

/* What `scores` of router.ballots makes of the sums for the categories; the products and the sums are not contracted. */
static PyObject *scores_of(const Sum *sum, PyObject *intercepts)
{
    uint64_t count = sum->counts[0];
    double scale = 1 / (ONE * sqrt(count ? (double)count : 1));
    PyObject *scores = PyList_New(sum->size - 1);
    for (Py_ssize_t place = 0; scores && place < sum->size - 1; place++) {
        double score = (double)(int64_t)(sum->votes[place] - count * BIAS) * scale;
        PyObject *value = PyFloat_FromDouble(score + PyFloat_AsDouble(PyList_GET_ITEM(intercepts, place)));
        if (!value)
            Py_CLEAR(scores);
        else
            PyList_SET_ITEM(scores, place, value);
    }
    return scores;
}

PyObject *clear(PyObject *module, PyObject *arguments)
{
    PyObject *clauses, *least, *intercepts;
    Py_ssize_t one, words;
    int other;
    Sum sum;
    if (!PyArg_ParseTuple(
            arguments, "O!npO!nO!", &PyList_Type, &clauses, &one, &other, &PyTuple_Type, &least, &words, &PyList_Type,
            &intercepts))
        return NULL;
    sum.size = PyList_GET_SIZE(intercepts) + 1;
    if (sum.size < 2 || sum.size > MOST_VOTES || one < 0 || one >= sum.size - 1)
        return PyErr_Format(PyExc_ValueError, "expected 1 to %d intercepts, and the number of one", MOST_VOTES - 1);
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
        if (lead_of(&sum, one, other) < PyLong_AsLongLong(PyTuple_GET_ITEM(least, sum.counts[0])))
            continue;
        PyObject *pair = Py_BuildValue("nN", number, scores_of(&sum, intercepts));
        if (!pair || PyList_Append(found, pair))
            Py_CLEAR(found);
        Py_XDECREF(pair);
    }
    return found;
}

PyObject *marked(PyObject *module, PyObject *arguments)
{
    PyObject *clauses;
    Sum sum;
    if (parse(arguments, &clauses, &sum.size))
        return NULL;
    PyObject *found = PyList_New(0);
    for (Py_ssize_t number = 0; found && number < PyList_GET_SIZE(clauses); number++) {
        begin(&sum, sum.size);
        if (add(&sum, PyList_GET_ITEM(clauses, number), ++last_mark)) {
            Py_CLEAR(found);
        } else if (sum.counts[COUNTS - 1]) {
            PyObject *place = PyLong_FromSsize_t(number);
            if (!place || PyList_Append(found, place))
                Py_CLEAR(found);
            Py_XDECREF(place);
        }
    }
    return found;
}

PyObject *leads(PyObject *module, PyObject *arguments)
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

Py_ssize_t count_words(PyObject *clauses, Py_ssize_t votes)
{
    Py_ssize_t count = 0;
    Sum sum = {.size = votes};
    if (add_all(&sum, clauses)) /* which sees to it that they are ballots */
        return -1;
    for (Py_ssize_t number = 0; number < PyList_GET_SIZE(clauses); number++)
        count += PyList_GET_SIZE(PyList_GET_ITEM(clauses, number));
    return count;
}
