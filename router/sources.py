"""Where rows come from: a file, the parts of a folder or of a pattern, standard input, or an address (`s3://…`)."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, TextIO

from router import bulk
from router.errors import DataError, InputError

STDIN = "-"
IGNORED = (".", "_")
"""First characters of files in a folder that are no parts of it: hidden ones, and marks such as `_SUCCESS`."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of rows: how people know it, what form it has, and its size in bytes (0 where it is not known)."""

    address: str
    form: str
    size: int = 0

    @property
    def name(self) -> str:
        """As errors name it."""
        return "standard input" if self.address == STDIN else self.address

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The file, for reading bytes."""
        with ExitStack() as stack:
            if self.address == STDIN:
                yield open_stream(sys.stdin, "input")
            elif is_remote(self.address):
                yield stack.enter_context(opened_at(self.address, "rb"))
            else:
                yield stack.enter_context(open(self.address, "rb"))


def open_stream(stream: TextIO | None, name: str) -> BinaryIO:
    """The bytes of standard input or output; `InputError` where the process was begun without, as by `<&-`."""
    if stream is None:
        raise InputError(f"standard {name} is closed: expected it open, or a file")
    return stream.buffer


def find(address: str, form: str | None) -> list[Source]:
    """The file of this address, or the parts of a folder or of a pattern such as `in/*.jsonl`, in order of name.

    The form is that of the extension unless it is given; in a folder, files of no form of ours are passed over.
    """
    if address == STDIN:
        return [Source(STDIN, form or "jsonl")]
    if is_remote(address):
        return _remote(address, form)
    path = Path(address)
    if path.is_dir():
        return _parts(address, [(str(each), each.stat().st_size) for each in path.iterdir() if each.is_file()], form)
    if has_magic(address) and not path.exists():
        found = [Path(each) for each in glob(address)]  # noqa: PTH207 - a Path's own takes no absolute pattern
        return _parts(address, [(str(each), each.stat().st_size) for each in found if each.is_file()], form)
    return [Source(address, form or form_of(address), path.stat().st_size)]


def form_of(address: str) -> str:
    """The form that an extension names."""
    suffix = PurePosixPath(address).suffix.removeprefix(".").lower()
    if suffix not in bulk.FORMS:
        raise InputError(f"{address}: expected a file ending in .{', .'.join(bulk.FORMS)}, or --format")
    return suffix


def is_remote(address: str) -> bool:
    """Whether fsspec opens it."""
    return "://" in address


def file_system(address: str) -> tuple[Any, str]:
    """fsspec's file system of an address, and the path in it; what is missing is told in one line."""
    try:
        from fsspec.core import url_to_fs  # needed for addresses only
    except ModuleNotFoundError:
        raise InputError(f"{address} needs fsspec: pip install 'complaint-router[files]'") from None
    try:
        system, path = url_to_fs(address)
    except ImportError as error:
        raise InputError(f"{address}: {error}") from None
    except ValueError as error:
        raise InputError(f"{address}: expected an address that fsspec knows, such as s3://…; {error}") from None
    return system, path


@contextmanager
def opened_at(address: str, mode: str) -> Iterator[Any]:
    """A file at an address; what the far side refuses is told with the address."""
    system, path = file_system(address)
    with told(address):
        found = system.open(path, mode)
    with found as file:
        yield file


@contextmanager
def told(address: str) -> Iterator[None]:
    """Name the address in an error of the far side, which seldom does."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(address, "no such file") from None
    except OSError as error:
        raise DataError(address, error.strerror or str(error) or type(error).__name__) from None


def _remote(address: str, form: str | None) -> list[Source]:
    system, path = file_system(address)
    with told(address):
        if has_magic(path):
            found = system.glob(path, detail=True)
        elif system.isdir(path):
            found = {each["name"]: each for each in system.ls(path, detail=True)}
        else:
            size = system.info(path).get("size")
            return [Source(address, form or form_of(address), size or 0)]
    files = [
        (system.unstrip_protocol(name), info["size"] or 0) for name, info in found.items() if info["type"] == "file"
    ]
    return _parts(address, files, form)


def _parts(address: str, files: list[tuple[str, int]], form: str | None) -> list[Source]:
    kept = [file for file in sorted(files) if not PurePosixPath(file[0]).name.startswith(IGNORED)]
    found = [Source(name, form or form_of(name), size) for name, size in kept if form or _has_form(name)]
    if not found:
        raise DataError(address, f"expected parts ending in .{', .'.join(bulk.FORMS)}, found none")
    return found


def _has_form(name: str) -> bool:
    return PurePosixPath(name).suffix.removeprefix(".").lower() in bulk.FORMS
