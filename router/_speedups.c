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
#include <structmember.h>

/* ---- Ballots: a word's votes, each biased as in `router.ballots`, and its counts ---- */

#define COUNTS 6
#define ONE 1073741824.0             /* 2^30: a vote is a whole number of its inverse */
#define BIAS (UINT64_C(1) << 54) /* what is added to every vote */

typedef struct {
    PyObject_VAR_HEAD
    PyObject *word;
    uint64_t mark; /* of the last sum that it was counted in: a sum is of distinct ballots */
    uint8_t counts[COUNTS];
    uint64_t votes[1]; /* `ob_size` of them */
} Ballot;

static PyTypeObject *ballot_type;
static uint64_t last_mark;

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

static PyObject *total(PyObject *module, PyObject *arguments)
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

static PyObject *clear(PyObject *module, PyObject *arguments)
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

static PyObject *marked(PyObject *module, PyObject *arguments)
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

/* Finds the places of the distinct words in order, and how many there are; -1 if one does not stand there. It makes no
 * object, and by that gives no other thread an occasion to set marks. */
static Py_ssize_t find_places(PyObject *clauses, PyObject *lowered, Place *places)
{
    Py_ssize_t count = 0, end = 0, length = PyUnicode_GET_LENGTH(lowered);
    uint64_t mark = ++last_mark;
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

/* ---- Memory: chunk of text -> what stands for it ---- */

#define LONGEST_CHAIN 64 /* of chunks in one another's places; hostile ones could make it longer: all is forgotten then */

typedef struct {
    PyObject *value;
    uint32_t length;
    uint32_t is_piece;
    Py_UCS4 text[];
} Chunk;

typedef struct {
    uint64_t hash;
    Chunk *chunk; /* NULL in an empty slot */
} Slot;

typedef struct {
    PyObject_HEAD
    Slot *slots;
    size_t mask; /* there are `mask + 1` slots, a power of two, at least twice as many as chunks */
    size_t count, limit;
    uint64_t seed;
} Memory;

static PyTypeObject *memory_type;

typedef struct {
    Py_ssize_t start, end;
    uint64_t hash;
} Range; /* of a text: one chunk */

static inline uint64_t mixed(uint64_t hash, Py_UCS4 letter)
{
    hash = (hash ^ letter) * UINT64_C(0x9fb21c651e98df25);
    return hash ^ hash >> 32;
}

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

static Chunk *recall(const Memory *memory, PyObject *text, Range range)
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

static int keep(Memory *memory, PyObject *text, Range range, PyObject *value, int is_piece)
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

/* ---- Clauses: `Chunks._spaced` of router.text ---- */

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

static PyObject *spaced(PyObject *memory, PyObject *arguments)
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

static PyType_Spec memory_spec = {
    .name = "router._speedups.Memory",
    .basicsize = sizeof(Memory),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = memory_slots,
};

/* ---- The module ---- */

static PyMethodDef functions[] = {
    {"total", total, METH_VARARGS, "total(clauses, votes): the sum of the distinct ballots of all clauses."},
    {"clear", clear, METH_VARARGS, "clear(clauses, one, other, least, words, intercepts): see `Layout.clear`."},
    {"marked", marked, METH_VARARGS, "marked(clauses, votes): numbers of the clauses whose last count is not 0."},
    {"leads", leads, METH_VARARGS, "leads(ballots, one, other): by how much a vote exceeds another."},
    {"gather", gather, METH_VARARGS, "gather(type, text, lowered, clauses, votes, one, other, sides): evidence."},
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
    memory_type = (PyTypeObject *)PyType_FromSpec(&memory_spec);
    int failed = !ballot_type || !memory_type || PyModule_AddObjectRef(module, "Ballot", (PyObject *)ballot_type)
                 || PyModule_AddObjectRef(module, "Memory", (PyObject *)memory_type);
    if (failed)
        Py_CLEAR(module);
    return module;
}
