"""A run over many rows: its sources read one after another, answered here or on a cluster, and how far it is."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO

from router import bulk, parallel
from router.classifier import Classifier
from router.errors import DataError, InputError
from router.sources import Source

Answer = tuple[Source, bytes | DataError]
"""Where rows came from, and the lines of JSON of one or several, without the last one's end; or the fault of one."""


class Intake:
    """The sources of one run. Give it to `here` or `by_cluster`, once."""

    def __init__(self, sources: list[Source]) -> None:
        self.sources = sources
        self._total = sum(source.size for source in sources)
        self._done = 0
        self._file: BinaryIO | None = None

    def here(self, classifier: Classifier, jobs: int | None) -> Iterator[Answer]:
        """All answers in order, by as many processes as each source deserves, or so many."""
        for source, parts in self._opened():
            count = jobs or parallel.default_jobs(source.size)
            form = bulk.FORMS[source.form]
            if count == 1:
                found: Iterator[Any] = bulk.classify_rows(classifier, form, parts, source.name)
            else:
                found = parallel.in_order(partial(_batch, classifier, form, source.name), parts, count)
            for line in found:
                yield source, line

    def by_cluster(self, classifier: Classifier, address: str) -> Iterator[Answer]:
        """All answers in order, by the workers of the Dask cluster whose scheduler has this address."""
        try:
            from router import cluster  # Dask is needed for a cluster only
        except ModuleNotFoundError:
            raise InputError("a Dask cluster needs distributed: pip install 'complaint-router[cluster]'") from None
        return cluster.in_order(address, classifier, cluster.batches(self._opened()))

    def share(self) -> float | None:
        """How much has been read, from 0 to 1, None where the size is not known."""
        if not self._total:
            return None
        here = self._file.tell() if self._file is not None and not self._file.closed else 0
        return min(1.0, (self._done + here) / self._total)

    def _opened(self) -> Iterator[tuple[Source, Iterator[parallel.Numbered]]]:
        for source in self.sources:
            with source.opened() as file:
                self._file = file if source.size and source.form != "parquet" else None  # its end is read first
                yield source, bulk.FORMS[source.form].read(file, source.name)
            self._file = None
            self._done += source.size


def rows_of(answer: Answer) -> int:
    """How many rows an answer is of."""
    return 1 if isinstance(answer[1], DataError) else answer[1].count(b"\n") + 1


def _batch(classifier: Classifier, form: bulk.Form, name: str, parts: list[Any]) -> list[bytes | DataError]:
    return list(_joined(bulk.classify_rows(classifier, form, parts, name)))


def _joined(lines: Iterable[bytes | DataError]) -> Iterator[bytes | DataError]:
    """Lines that follow one another as one, which is sent and written at once."""
    together: list[bytes] = []
    for line in lines:
        if not isinstance(line, DataError):
            together.append(line)
            continue
        if together:
            yield b"\n".join(together)
            together = []
        yield line
    if together:
        yield b"\n".join(together)
