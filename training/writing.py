"""Writing files and folders so that whoever reads sees the old or the new, and one command at a time."""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from router import artefact
from router.errors import ConflictError

LOCK = ".lock"
PATIENCE = 60.0
"""Seconds to wait for another command; none holds the lock for longer than it takes to read a model."""
FITTING = ".fitting-"
REPLACED = ".replaced-"
HISTORY = "HISTORY.jsonl"
PENDING = ".pending.json"
AT_THE_TOP = (artefact.CURRENT, HISTORY, PENDING)
"""The files beside the models."""
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2(2)
_HERE = -100  # AT_FDCWD


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have a folder to oneself; the system gives it back when the process ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=PATIENCE)
    try:
        lock.acquire()
    except Timeout:
        raise ConflictError(f"another command has held {folder / LOCK} for {PATIENCE:.0f} s", "locked") from None
    try:
        yield
    finally:
        lock.release()


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step: whoever reads it sees the old contents or the new, never a part.

    A link stays one, and its file is replaced; a device or a pipe is written to.
    """
    if path.exists() and not path.is_file():  # nothing can take its place
        path.write_bytes(content)
        return
    path = path.resolve()
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


@contextmanager
def workplace(models: Path) -> Iterator[Path]:
    """An empty folder to make a model in, removed at the end. It is locked, so that `sweep` knows it is in use."""
    with locked(models):
        folder = Path(tempfile.mkdtemp(dir=models, prefix=FITTING))
        lock = FileLock(folder / LOCK)
        lock.acquire()
    try:
        (folder / "model").mkdir()
        yield folder / "model"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def replace_folder(new: Path, old: Path) -> None:
    """Move a finished folder into its place; only under `locked`.

    Linux exchanges it with the one that was there in one step. Where that cannot be done the old one is put aside for a
    moment, and `sweep` puts it back should the process be killed just then.
    """
    if not old.exists():
        new.rename(old)
    elif not _exchange(new, old):
        aside = old.with_name(f"{REPLACED}{old.name}")
        old.rename(aside)
        new.rename(old)
        shutil.rmtree(aside, ignore_errors=True)


def sweep(models: Path) -> None:
    """Remove what killed commands left; only under `locked`."""
    for aside in models.glob(f"{REPLACED}*"):
        name = aside.name.removeprefix(REPLACED)
        if (models / name).exists():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.rename(models / name)
    for folder in models.glob(f"{FITTING}*"):
        if not _in_use(folder):
            shutil.rmtree(folder, ignore_errors=True)
    ours = [path for name in AT_THE_TOP for path in models.glob(f".{name}.[0-9]*")]
    for partial in [*ours, *(path for folder in artefact.folders(models) for path in folder.glob(".*.[0-9]*"))]:
        partial.unlink(missing_ok=True)


def _in_use(folder: Path) -> bool:
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        with lock:
            return False
    except Timeout:
        return True


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step; False where the system or the file system cannot."""
    with suppress(OSError, AttributeError):
        rename = ctypes.CDLL(None).renameat2
        return bool(rename(_HERE, bytes(first), _HERE, bytes(second), _EXCHANGE) == 0)
    return False
