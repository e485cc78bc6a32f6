"""A model's folder as training writes it: all files in one step, and what describes them."""

import json
import platform
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.pipeline import Pipeline

from router import artefact, known, votetable
from router.categories import KEYS
from router.classifier import Classifier
from router.decision import Thresholds
from router.errors import ArtefactError, InputError
from router.text import words
from router.votes import Votes
from training import history, report
from training.compile import vote_table
from training.corpus import Row, data_files
from training.evaluate import evaluate
from training.lexicon import NAME as LEXICON
from training.registry import now, tidy
from training.writing import locked, replace_folder, workplace, write_whole

OUT_OF_FOLD = "out_of_fold.npz"
MET_IN = 2
"""Words of at least so many texts are known to the service from its start: what a single client wrote is not kept."""
VERSIONS = ("scikit-learn", "numpy", "scipy", "pymorphy3", "pymorphy3-dicts-ru", "joblib")


def describe(rows: Sequence[Row], data: Path) -> dict[str, Any]:
    """Counts and digests of the corpus."""
    extra = [data / LEXICON] if (data / LEXICON).exists() else []
    return {
        "rows": len(rows),
        "counts": dict(sorted(Counter(f"{row.label} {row.kind}" for row in rows).items())),
        "digests": {file.name: artefact.digest(file.read_bytes()) for file in [*data_files(data), *extra]},
    }


def write(pipeline: Pipeline, meta: dict[str, Any], found: report.OutOfFold, models: Path) -> str:
    """Write the model's folder in one step; its id is made of what `identity` looks at.

    Where that model is there already it is replaced, and keeps what commands added to it.
    """
    tidy(models)
    with workplace(models) as folder:
        table = vote_table(pipeline, found.categories)
        votetable.save(table, folder / artefact.VOTES)
        known.save(known_words(table, found.rows), folder / known.NAME)
        joblib.dump(pipeline, folder / artefact.PIPELINE, compress=3)
        ids = np.array([row.id for row in found.rows])
        np.savez_compressed(folder / OUT_OF_FOLD, ids=ids, probability=found.probability.astype(np.float32))
        model_id = identity((folder / artefact.VOTES).read_bytes(), meta)
        meta |= {"id": model_id, "protocol": votetable.PROTOCOL, "fitted_at": now(), "versions": versions()}
        meta |= kept_thresholds(models, model_id)
        files = (artefact.VOTES, known.NAME, artefact.PIPELINE, OUT_OF_FOLD)
        meta["in_sample"] = in_sample(table, found.rows)
        meta["digests"] = {file: artefact.digest((folder / file).read_bytes()) for file in files}
        (folder / artefact.META).write_text(as_json(meta), encoding="utf-8")
        keep_figures(models / model_id, folder)
        (folder / report.REPORT).write_text(report.render(meta, table, found, folder), encoding="utf-8")
        with locked(models):
            replace_folder(folder, models / model_id)
    return model_id


def kept_thresholds(models: Path, model_id: str) -> dict[str, Any]:
    """The thresholds that `calibrate` gave to this very model, if it did: fitting again does not undo them."""
    if not any(record.get("calibrated") == model_id for record in history.records(models)):
        return {}
    with suppress(ArtefactError, KeyError):  # a damaged model is mended by fitting it again
        return {"thresholds": artefact.read_meta(models / model_id)["thresholds"]}
    return {}


def keep_figures(old: Path, new: Path) -> None:
    """Take along the figures that `add` put into a model's folder: its votes are the same, so they still hold."""
    for name in report.MORE:
        with suppress(FileNotFoundError):
            shutil.copy2(old / name, new / name)


def known_words(table: votetable.VoteTable, rows: Sequence[Row]) -> known.KnownWords:
    """Words that are met in several texts, with the votes of a table."""
    texts = Counter(word for row in rows for word in words(row.text))
    return known.work_out((word for word, count in texts.items() if count >= MET_IN), Votes(table).words)


def in_sample(table: votetable.VoteTable, rows: Sequence[Row]) -> dict[str, Any]:
    """Figures on the very complaints it was fitted on: no measure of quality, but a check that nothing has changed."""
    figures = evaluate(Classifier(artefact.Artefact("", table, Thresholds(), {})), rows)
    return {key: figures[key] for key in ("macro_f1", "accuracy", "top2", "ece")}


def add(folder: Path, name: str, content: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """Add figures (one of `report.MORE`) to a model's folder, and write its report anew with them.

    `InputError` where none of the model's own complaints is among `rows`, from which the report takes them.
    """
    model = artefact.load(folder.parent, folder.name)
    known = read_out_of_fold(folder, rows, model.table.categories)
    if not known.rows:
        raise InputError(f"expected the corpus that {model.id} was fitted on, found none of its complaints")
    with locked(folder.parent):
        write_whole(folder / name, as_json(content).encode())
    page = report.render(model.meta, model.table, known, folder)
    with locked(folder.parent):
        write_whole(folder / report.REPORT, page.encode())


def read_out_of_fold(folder: Path, rows: Sequence[Row], categories: Sequence[str] = KEYS) -> report.OutOfFold:
    """The out-of-fold probabilities of a model, for those of its texts that are among `rows`."""
    with np.load(folder / OUT_OF_FOLD, allow_pickle=False) as arrays:
        known = dict(zip(arrays["ids"].tolist(), arrays["probability"].astype(np.float64), strict=True))
    members = [row for row in rows if row.id in known]
    return report.OutOfFold(members, np.array([known[row.id] for row in members]), categories)


def identity(table: bytes, meta: Mapping[str, Any]) -> str:
    """A model's id, made of the digest of its votes, and of its own categories with their titles if it has any."""
    own = as_json(meta["taxonomy"]).encode() if "taxonomy" in meta else b""
    return "r" + artefact.digest(table + own)[:8]


def versions() -> dict[str, str]:
    """Versions of everything that the fit depends on."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in VERSIONS}}


def as_json(content: Mapping[str, Any]) -> str:
    """JSON for people to read too."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
