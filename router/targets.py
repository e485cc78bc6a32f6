"""Where answers go: standard output, a file, a folder with a part for each part of the input, or an address."""

import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Protocol, Self

from router.errors import InputError
from router.sources import STDIN, Source, file_system, is_remote, open_stream, opened_at

STDOUT = "-"
PARQUET = ".parquet"


class Lines(Protocol):
    """Takes lines of JSON in UTF-8, one for each answer."""

    def write(self, lines: bytes, /) -> Any:
        """Take one or several, without the last one's end."""


class Text:
    """Writes them as they are."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, lines: bytes) -> None:
        """Write them and the last one's end."""
        self._file.write(lines)
        self._file.write(b"\n")


def plan(target: str, sources: Sequence[Source]) -> list[str]:
    """The address that the answers of each source go to: the same for all, or a part each where it is a folder."""
    found = [target] * len(sources)
    if _is_folder(target):
        found = [_part(target, source) for source in sources]
        if len(set(found)) < len(found):
            raise InputError(f"{target}: expected parts of different names, for each gets an output part of its name")
    for address, source in zip(found, sources, strict=True):
        if _is_one_file(address, source.address):
            raise InputError(f"{address}: expected an output that is not the input")
    return found


def _is_one_file(target: str, source: str) -> bool:
    """Whether two addresses are of one file, however they are spelt: opened for writing, it would lose its rows."""
    if STDIN in (target, source):
        return False
    try:
        return target == source or Path(target).samefile(source)
    except OSError:  # there is none yet, or it is elsewhere
        return False


class Outputs:
    """Takes the answers of some sources in their order; a source without answers gets its part too.

    Where the block is left by an error, a part that is not whole does not come into its place.
    """

    def __init__(self, target: str, sources: Sequence[Source]) -> None:
        self._ahead = deque(zip(sources, plan(target, sources), strict=True))
        self._whole = _is_folder(target)
        self._source: Source | None = None
        self._address: str | None = None
        self._open = ExitStack()
        self._lines: Lines

    def __enter__(self) -> Self:
        self._next()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while kind is None and self._ahead:
            self._next()
        self._open.__exit__(kind, error, trace)

    def write(self, source: Source, lines: bytes) -> None:
        """Write answers of a source that is not behind the last one."""
        while source != self._source:
            self._next()
        self._lines.write(lines)

    def _next(self) -> None:
        """Go on to the next source, and to another output where it has one."""
        self._source, address = self._ahead.popleft()
        if address != self._address:
            self._open.close()
            self._lines = self._open.enter_context(opened(address, self._source, self._whole))
            self._address = address


def opened(address: str, source: Source, whole: bool) -> AbstractContextManager[Lines]:
    """What writes to an address: Parquet where it ends so (with the columns of a Parquet source), else JSON lines.

    `whole` is for a local file that shall appear under its name only once it is whole, as Parquet always does.
    """
    return _parquet(address, source) if address.endswith(PARQUET) else _text(address, whole)


@contextmanager
def _text(address: str, whole: bool) -> Iterator[Lines]:
    if address == STDOUT:
        out = open_stream(sys.stdout, "output")
        yield Text(out)
        out.flush()
        return
    with _file(address, whole) as file:
        yield Text(file)


@contextmanager
def _parquet(address: str, source: Source) -> Iterator[Lines]:
    try:
        from router import parquet  # pyarrow is needed for Parquet only
    except ModuleNotFoundError:
        raise InputError(f"{address} needs pyarrow: pip install 'complaint-router[parquet]'") from None
    before = None
    if source.form == "parquet":
        with source.opened() as file:
            before = parquet.schema(file, source.name)
    with _file(address, True) as out:
        writer = parquet.Writer(out, address, before)
        try:
            yield writer
            writer.close()
        finally:
            writer.abandon()  # closing twice does nothing


@contextmanager
def _file(address: str, whole: bool) -> Iterator[Any]:
    """A file for writing; a local one that is to be whole is written beside its place and moved there."""
    path = Path(address)
    if is_remote(address):
        with opened_at(address, "wb") as far:
            yield far
    elif not whole or (path.exists() and not path.is_file()):  # a device is no place to move to
        with open(path, "wb") as file:
            yield file
    else:
        with _whole(path) as partial, open(partial, "wb") as file:
            yield file


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield partial
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _is_folder(target: str) -> bool:
    if target == STDOUT:
        return False
    if is_remote(target):
        system, path = file_system(target)
        return target.endswith("/") or bool(system.isdir(path))
    return target.endswith(os.sep) or Path(target).is_dir()


def _part(target: str, source: Source) -> str:
    """The address of an output part: the name of the input's, `.parquet` for Parquet and `.jsonl` for all else."""
    stem = "answers" if source.address == STDIN else PurePosixPath(source.address).stem
    name = stem + (PARQUET if source.form == "parquet" else ".jsonl")
    if is_remote(target):
        return f"{target.rstrip('/')}/{name}"
    Path(target).mkdir(parents=True, exist_ok=True)
    return str(Path(target) / name)
