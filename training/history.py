"""What happened to a registry: `HISTORY.jsonl`, a line for every promotion, rollback and calibration.

A change is a file replaced in one step (`CURRENT`, or the `meta.json` of a model) and a line of the history. Both
cannot be done at once, so what is about to happen is written to `.pending.json` first. Whoever comes next sees by the
file's digest whether it was replaced: then the line is owed, and counts as written; else the change never happened.
So a command may be killed at any point.
"""

import getpass
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from router import artefact
from router.errors import DataError, InputError
from training.writing import HISTORY, PENDING, write_whole

Record = dict[str, Any]


def change(models: Path, path: Path, content: bytes, record: Mapping[str, Any]) -> None:
    """Replace a file of the registry and remember it; only under `registry.locked`, after `settle`."""
    owed = {"file": path.relative_to(models).as_posix(), "sha256": artefact.digest(content), "record": record}
    write_whole(models / PENDING, _line(owed))
    write_whole(path, content)
    settle(models)


def settle(models: Path) -> None:
    """Finish what a killed command left: add the line that is owed, drop a torn one. Only under `registry.locked`."""
    if (models / PENDING).exists() or not _whole(models):
        write_whole(models / HISTORY, b"".join(_line(record) for record in records(models)))
        (models / PENDING).unlink(missing_ok=True)


def records(models: Path) -> list[Record]:
    """All that happened, oldest first, in whatever state a killed command left it; `DataError` names a broken line."""
    found = _written(models)
    owed = _owed(models)
    return [*found, owed] if owed is not None and owed not in found[-1:] else found


def made(action: str, earlier: Sequence[Record], **fields: Any) -> Record:
    """A new record, never earlier than the last: clocks can be set back."""
    at = max([now(), *(record["at"] for record in earlier[-1:])])
    return {"at": at, "action": action, "by": user(), **fields}


def moves(found: Sequence[Record]) -> list[Record]:
    """The records after which another model served."""
    return [record for record in found if "to" in record]


def stack(found: Sequence[Record]) -> list[str]:
    """The models that were made current one after the other and not taken back: the last serves.

    A rollback takes the last away, so that rolling back again goes further back, and never to and fro.
    """
    models: list[str] = []
    for record in moves(found):
        if not models and record["from"] is not None:
            models.append(record["from"])
        if record.get("action") == "rollback":
            del models[-1:]
        if models[-1:] != [record["to"]]:
            models.append(record["to"])
    return models


def live_at(found: Sequence[Record], moment: datetime) -> Record | None:
    """The record by which the model that was live at a moment became so; None before the first."""
    earlier = [record for record in moves(found) if datetime.fromisoformat(record["at"]) <= moment]
    return earlier[-1] if earlier else None


def moment(text: str, latest: datetime | None = None) -> datetime:
    """A time such as `2026-11-01T12:00Z`, in UTC where it names no zone, and not after `latest`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"expected a time such as 2026-11-01T12:00Z, got {text!r}") from None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if latest is not None and found > latest:
        raise InputError(f"expected a time that has passed, got {text!r}; it is {latest:%Y-%m-%dT%H:%MZ}")
    return found


def now() -> str:
    """The time in UTC, RFC 3339."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def user() -> str | None:
    """The account that runs this command, None where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _written(models: Path) -> list[Record]:
    """The lines of the file; a last one that was cut in the writing is passed over."""
    lines = _content(models).splitlines(keepends=True)
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(_record(line))
        except ValueError as error:
            if number == len(lines) and not line.endswith(b"\n"):
                break
            detail = f"expected a JSON object with a time `at`, and `from` beside `to`: {error}"
            raise DataError(f"{models / HISTORY}:{number}", detail) from None
    return found


def _record(line: bytes) -> Record:
    return _required(json.loads(line))


def _required(record: Any) -> Record:
    """What was read, where it is a record; `ValueError` shows it else."""
    if not isinstance(record, dict) or not isinstance(record.get("at"), str) or ("to" in record) != ("from" in record):
        raise ValueError(json.dumps(record, ensure_ascii=False))
    datetime.fromisoformat(record["at"])
    return record


def _owed(models: Path) -> Record | None:
    """The record of a change whose file was replaced, by a command that was killed before it could say so."""
    try:
        owed = json.loads((models / PENDING).read_bytes())
        file, sha256, record = PurePosixPath(owed["file"]), owed["sha256"], _required(owed["record"])
        if file.is_absolute() or ".." in file.parts:
            raise ValueError(f"{file} is no file of the registry")
        done = artefact.digest((models / file).read_bytes()) == sha256
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, IsADirectoryError) as error:
        detail = f"expected what a killed command left, found something else ({error}); remove it if you know better"
        raise DataError(str(models / PENDING), detail) from None
    return record if done else None


def _whole(models: Path) -> bool:
    content = _content(models)
    return not content or content.endswith(b"\n")


def _content(models: Path) -> bytes:
    path = models / HISTORY
    return path.read_bytes() if path.exists() else b""


def _line(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False) + "\n").encode()
