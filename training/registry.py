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
    _remember(models, {"at": now(), "from": before, "to": model_id, "why": why})
    write_whole(models / artefact.CURRENT, f"{model_id}\n".encode())
    return before


def set_thresholds(models: Path, model_id: str, thresholds: dict[str, Any], why: str) -> None:
    """Replace a model's thresholds in its `meta.json`, and keep in the history that it was done and why."""
    folder = models / model_id
    meta = artefact.read_meta(folder)
    record = {"at": now(), "calibrated": model_id, "before": meta["thresholds"], "why": why}
    _remember(models, record)
    content = json.dumps(meta | {"thresholds": thresholds}, ensure_ascii=False, indent=2) + "\n"
    write_whole(folder / artefact.META, content.encode())


def _remember(models: Path, record: dict[str, Any]) -> None:
    with (models / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


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
