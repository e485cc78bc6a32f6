/* The module `router._speedups`. */
#include "speedups.h"

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
