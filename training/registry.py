"""The folder of models: what is there, which one is current, and changing that in one step."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from router import artefact
from router.errors import ArtefactError, InputError

HISTORY = "HISTORY.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """A model in the registry; `macro_f1` is the out-of-fold one that its report states."""

    id: str
    current: bool
    fitted_at: str
    macro_f1: float


def entries(models: Path) -> list[Entry]:
    """All models of a registry, oldest first."""
    current = artefact.current_id(models) if (models / artefact.CURRENT).exists() else None
    found = [(path.parent.name, artefact.read_meta(path.parent)) for path in models.glob(f"*/{artefact.META}")]
    rows = [Entry(name, name == current, meta["fitted_at"], meta["out_of_fold"]["macro_f1"]) for name, meta in found]
    return sorted(rows, key=lambda entry: (entry.fitted_at, entry.id))


def promote(models: Path, model_id: str, why: str) -> str | None:
    """Make a model current after verifying it whole; returns the id that was current before."""
    if not (models / model_id / artefact.META).exists():
        known = ", ".join(entry.id for entry in entries(models)) or "none"
        raise InputError(f"no model {model_id!r} in {models}; there are: {known}")
    verify(models / model_id)
    before = artefact.current_id(models) if (models / artefact.CURRENT).exists() else None
    record = {"at": now(), "from": before, "to": model_id, "why": why}
    with (models / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    write_whole(models / artefact.CURRENT, f"{model_id}\n".encode())
    return before


def verify(folder: Path) -> None:
    """Check every file of a model against the digests of its `meta.json`, and that the service can load it."""
    artefact.load(folder.parent, folder.name)
    meta: dict[str, Any] = artefact.read_meta(folder)
    for name in meta["digests"]:
        path = folder / name
        if not path.exists():
            raise ArtefactError(f"{path} is missing; meta.json expects it", "artefact_missing")
        artefact.require_digest(path, artefact.digest(path.read_bytes()), meta)


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step: whoever reads it sees the old contents or the new, never a part."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def now() -> str:
    """The time in UTC, RFC 3339."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
