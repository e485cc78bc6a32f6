/* What is done for every word of every text, compiled: an optional part, equal to the bit to what `router.text`,
 * `router.ballots` and `router.evidence` do without it (tests/test_speedups.py compares them). It is built where a
 * compiler is found.
 *
 * Between two looks at the marks of ballots nothing lets go of the interpreter's lock, so that marks are never mixed.
 */
#ifndef ROUTER_SPEEDUPS_H
#define ROUTER_SPEEDUPS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <structmember.h>

/* ---- ballots.c: a word's votes, each biased as in `router.ballots`, and its counts ---- */

#define COUNTS 6
#define MOST_VOTES 255
#define ONE 1073741824.0         /* 2^30: a vote is a whole number of its inverse */
#define BIAS (UINT64_C(1) << 54) /* what is added to every vote */

typedef struct {
    PyObject_VAR_HEAD
    PyObject *word;
    uint64_t mark; /* of the last sum that it was counted in: a sum is of distinct ballots */
    uint8_t counts[COUNTS];
    uint64_t votes[1]; /* `ob_size` of them */
} Ballot;

extern PyTypeObject *ballot_type;
extern PyType_Spec ballot_spec;

uint64_t next_mark(void);

/* Whether these are lists of ballots of so many votes; if so, how many words there are, repeated ones too, else -1. */
Py_ssize_t count_words(PyObject *clauses, Py_ssize_t votes);

PyObject *total(PyObject *module, PyObject *arguments);
PyObject *clear(PyObject *module, PyObject *arguments);
PyObject *marked(PyObject *module, PyObject *arguments);
PyObject *leads(PyObject *module, PyObject *arguments);

/* ---- evidence.c ---- */

PyObject *gather(PyObject *module, PyObject *arguments);

/* ---- memory.c: chunk of text -> what stands for it ---- */

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

typedef struct {
    Py_ssize_t start, end;
    uint64_t hash;
} Range; /* of a text: one chunk */

extern PyTypeObject *memory_type;
extern PyType_Spec memory_spec;

static inline uint64_t mixed(uint64_t hash, Py_UCS4 letter)
{
    hash = (hash ^ letter) * UINT64_C(0x9fb21c651e98df25);
    return hash ^ hash >> 32;
}

/* The chunk of a range of a text, NULL if it is not remembered. */
Chunk *recall(const Memory *memory, PyObject *text, Range range);

/* Remembers it; all others are forgotten where there are too many. -1 for an error. */
int keep(Memory *memory, PyObject *text, Range range, PyObject *value, int is_piece);

/* ---- clauses.c ---- */

PyObject *spaced(PyObject *memory, PyObject *arguments);

#endif
