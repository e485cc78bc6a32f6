"""The folder of models: what is there, which one is current, and changing that in one step."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router import artefact
from router.errors import ArtefactError, ConflictError, InputError
from training import history
from training.history import now
from training.writing import HISTORY, locked, sweep, write_whole

__all__ = ["HISTORY", "entries", "now", "promote", "rollback", "set_thresholds", "tidy", "verify", "write_whole"]

OVERTAKEN = "overtaken"
"""The code of the conflict that another model became current meanwhile."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model in the registry; `macro_f1` is the out-of-fold one that its report states."""

    id: str
    current: bool
    fitted_at: str
    macro_f1: float


def entries(models: Path) -> list[Entry]:
    """All models of a registry, oldest first."""
    serving = current(models)
    rows = [_entry(folder, serving) for folder in artefact.folders(models)]
    return sorted(rows, key=lambda entry: (entry.fitted_at, entry.id))


def _entry(folder: Path, serving: str | None) -> Entry:
    meta = artefact.read_meta(folder)
    try:
        macro_f1 = float(meta["out_of_fold"]["macro_f1"])
        return Entry(folder.name, folder.name == serving, str(meta["fitted_at"]), macro_f1)
    except (KeyError, TypeError, ValueError) as error:
        detail = f"{folder / artefact.META} does not say when it was fitted, or how well: {error!r}"
        raise ArtefactError(detail, "artefact_damaged") from None


def current(models: Path) -> str | None:
    """The id of the model that serves, None where none was promoted yet."""
    return (artefact.current_id(models) or None) if (models / artefact.CURRENT).exists() else None


def require(models: Path, model_id: str) -> Path:
    """The folder of a model; `InputError` names those there are where it is none of them."""
    known = [folder.name for folder in artefact.folders(models)]
    if model_id not in known:
        raise InputError(f"no model {model_id!r} in {models}; there are: {', '.join(known) or 'none'}")
    return models / model_id


def promote(
    models: Path,
    model_id: str,
    why: str,
    failed: tuple[str, ...] = (),
    instead_of: str | None = "",
) -> str | None:
    """Make a model current after verifying it whole; returns the id that was current before.

    `failed` says what it was promoted in spite of. Where `instead_of` is given and another one is current by now,
    nothing is changed: `ConflictError`. Promoting what is current changes nothing, the history neither.
    """
    folder = require(models, model_id)
    with locked(models):
        before = _settled(models)
        if instead_of not in ("", before):
            raise ConflictError(f"{before} became current meanwhile, instead of {instead_of}", OVERTAKEN)
        verify(folder)
        if before != model_id:
            _move(models, "promote", model_id, why, {"forced": True, "failed": list(failed)} if failed else {})
    return before


def rollback(models: Path, why: str) -> tuple[str, str]:
    """Undo the last promotion that was not undone yet; returns the ids (before, after).

    Undoing again goes further back. `ConflictError` where there is nothing to go back to, `ArtefactError` where the
    model to go back to is no longer what it was.
    """
    with locked(models):
        before = _settled(models)
        models_before = history.stack(history.records(models))[:-1]
        if before is None or not models_before:
            raise ConflictError(f"nothing to go back to: no model was current before {before}", "no_earlier_model")
        verify(models / models_before[-1])
        _move(models, "rollback", models_before[-1], why, {})
    return before, models_before[-1]


def set_thresholds(models: Path, model_id: str, thresholds: dict[str, Any], why: str) -> None:
    """Replace a model's thresholds in its `meta.json`, and keep in the history that it was done and why."""
    path = models / model_id / artefact.META
    with locked(models):
        _settled(models)
        meta = artefact.read_meta(path.parent)
        record = history.made(
            "calibrate", history.records(models), calibrated=model_id, before=meta["thresholds"], why=why
        )
        content = json.dumps(meta | {"thresholds": thresholds}, ensure_ascii=False, indent=2) + "\n"
        history.change(models, path, content.encode(), record)


def tidy(models: Path) -> None:
    """Finish and remove what killed commands left."""
    with locked(models):
        _settled(models)


def verify(folder: Path) -> None:
    """Check every file of a model against the digests of its `meta.json`, and that the service can load it."""
    artefact.load(folder.parent, folder.name)
    meta: dict[str, Any] = artefact.read_meta(folder)
    for name in meta["digests"]:
        path = folder / name
        if not path.exists():
            raise ArtefactError(f"{path} is missing; meta.json expects it", "artefact_missing")
        artefact.require_digest(path, artefact.digest(path.read_bytes()), meta)


def _settled(models: Path) -> str | None:
    """Bring a registry in order after killed commands and strange hands; returns the id of the current model."""
    history.settle(models)
    sweep(models)
    found = current(models)
    records = history.records(models)
    known = history.stack(records)[-1:]
    if found is not None and known != [found]:
        why = f"{artefact.CURRENT} was changed by other means than promote and rollback"
        fields = {"from": known[0] if known else None, "to": found, "why": why, "by": None}
        owed = history.made("found", records, **fields)
        history.change(models, models / artefact.CURRENT, (models / artefact.CURRENT).read_bytes(), owed)
    return found


def _move(models: Path, action: str, model_id: str, why: str, more: dict[str, Any]) -> None:
    fields = {"from": current(models), "to": model_id, "why": why, **more}
    record = history.made(action, history.records(models), **fields)
    history.change(models, models / artefact.CURRENT, f"{model_id}\n".encode(), record)
