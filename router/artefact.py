"""A model's folder: `votes.npz`, `words.npz`, `pipeline.joblib`, `meta.json`, and the digests that tie them."""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router import known, taxonomy, votetable
from router.categories import BY_KEY, SHIPPED, Category, Taxonomy
from router.decision import Thresholds
from router.errors import ArtefactError
from router.known import KnownWords

VOTES = "votes.npz"
PIPELINE = "pipeline.joblib"
META = "meta.json"
CURRENT = "CURRENT"
ID = re.compile(rb"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""A model's id, which is a folder's name: it leads to no other place."""


@dataclass(frozen=True)
class Artefact:
    """A verified model: its id, its vote table, when to trust it, all that `meta.json` says, and its categories.

    `known` are words whose votes were worked out before, if it has any.
    """

    id: str
    table: votetable.VoteTable
    thresholds: Thresholds
    meta: dict[str, Any]
    taxonomy: Taxonomy = SHIPPED
    known: KnownWords | None = None


def current_id(models: Path) -> str:
    """The id of the model that `models/CURRENT` names, empty where it names none."""
    found = _read(models / CURRENT).strip()
    if found and not ID.fullmatch(found):
        shown = repr(found[:64].decode(errors="replace"))
        raise ArtefactError(f"{models / CURRENT}: expected the id of a model, found {shown}", "artefact_damaged")
    return found.decode()


def load(models: Path, model_id: str | None = None) -> Artefact:
    """Load and verify a model (the current one by default); `ArtefactError` if anything about it does not fit."""
    if model_id and not ID.fullmatch(model_id.encode(errors="surrogateescape")):
        raise ArtefactError(f"expected the id of a model in {models}, got {model_id!r}", "artefact_missing")
    folder = models / (model_id or current_id(models))
    meta = read_meta(folder)
    content = _read(folder / VOTES)
    require_digest(folder / VOTES, digest(content), meta)
    stated = taxonomy.from_meta(meta, str(folder / META))
    table = votetable.load(content, str(folder / VOTES), stated.keys)
    return Artefact(folder.name, table, _thresholds(meta, folder), meta, stated, _known(folder, meta))


def _known(folder: Path, meta: dict[str, Any]) -> KnownWords | None:
    path = folder / known.NAME
    if not path.exists():
        return None
    content = _read(path)
    require_digest(path, digest(content), meta)
    return known.load(content, str(path), len(taxonomy.from_meta(meta, str(folder / META)).keys))


def read_meta(folder: Path) -> dict[str, Any]:
    """The contents of `meta.json`."""
    try:
        meta = json.loads(_read(folder / META))
    except (ValueError, RecursionError) as error:
        raise ArtefactError(f"{folder / META} is not JSON: {error}", "artefact_damaged") from error
    if not isinstance(meta, dict) or not isinstance(meta.get("digests"), dict):
        raise ArtefactError(f"{folder / META} lacks an object of digests", "artefact_damaged")
    return meta


def folders(models: Path) -> list[Path]:
    """The folders of a registry's models, in order of id; hidden ones, in which a model is being made, are none."""
    return sorted(path.parent for path in models.glob(f"[!.]*/{META}"))


def trained_on(models: Path, complaints: set[str]) -> list[str]:
    """The models whose `meta.json` names one of these complaints (by id) among `corpus.complaints`, in order of id."""
    found = []
    for folder in folders(models):
        corpus = read_meta(folder).get("corpus", {})
        if complaints.intersection(corpus.get("complaints", ())):
            found.append(folder.name)
    return found


def every_category(models: Path) -> dict[str, Category]:
    """The categories of all models of a registry by key, also the router's own; a damaged model is passed over."""
    found = dict(BY_KEY)
    for folder in folders(models):
        with suppress(ArtefactError):
            found |= {one.key: one for one in taxonomy.from_meta(read_meta(folder), str(folder / META)).categories}
    return found


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def require_digest(path: Path, found: str, meta: dict[str, Any]) -> None:
    """Refuse a file whose digest is not the one that its `meta.json` states."""
    expected = meta["digests"].get(path.name)
    if found != expected:
        raise ArtefactError(f"{path} has SHA-256 {found}; meta.json expects {expected}", "artefact_digest")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path} cannot be read: {error.strerror}", "artefact_missing") from error


def _thresholds(meta: dict[str, Any], folder: Path) -> Thresholds:
    try:
        stated = meta["thresholds"]
        auto = {key: float(value) for key, value in stated["auto"].items()}
        return Thresholds(auto, float(stated["suggest"]), float(stated["none"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtefactError(f"{folder / META} has no usable thresholds: {error!r}", "artefact_damaged") from error
