"""Changing the model while serving: a good one is taken, a broken one is refused and told once."""

import gc
import json
import os
import pickle
import shutil
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from router import ArtefactError, Classifier, artefact
from router.live import RETRY_EVERY, Live
from training import registry
from training.registry import write_whole

FIRST = Classifier.load().model.id


@pytest.fixture
def models(tmp_path: Path, classifier: Classifier) -> Path:
    """A registry with the shipped model, and the same one again as `second`."""
    shipped = Path(__file__).parent.parent / "models" / FIRST
    for name in (FIRST, "second"):
        (tmp_path / name).mkdir()
        for file in ("votes.npz", "meta.json"):
            shutil.copy(shipped / file, tmp_path / name)
    promote(tmp_path, FIRST)
    return tmp_path


def promote(models: Path, content: str | bytes) -> None:
    write_whole(models / "CURRENT", content.encode() if isinstance(content, str) else content)


@pytest.fixture
def live(models: Path, classifier: Classifier):
    """A holder, and what it called."""
    calls: list = []
    holder = Live(classifier, models, lambda old, new: calls.append((old, new)), calls.append)
    holder.calls = calls
    holder.look()
    return holder


def test_the_model_that_serves_is_not_loaded_again(live: Live, models: Path, classifier: Classifier) -> None:
    promote(models, f"{FIRST}\n")
    live.look()
    assert live.current() is classifier
    assert live.calls == []


def test_a_promoted_model_is_taken_with_the_same_policy(live: Live, models: Path, classifier: Classifier) -> None:
    promote(models, "second")
    with capture_logs() as lines:
        live.look()
        live.look()
    assert live.current().model.id == "second"
    assert live.current().rules is classifier.rules
    assert live.current().policy == classifier.policy
    assert live.calls == [(FIRST, "second")]
    assert lines == [{"event": "model_changed", "log_level": "info", "old": FIRST, "model": "second"}]


def test_thresholds_that_were_set_anew_are_taken_too(live: Live, models: Path, classifier: Classifier) -> None:
    """Promoting the same model again would change nothing, so nothing else would bring them to a service that runs."""
    thresholds = artefact.read_meta(models / FIRST)["thresholds"] | {"suggest": 0.99}
    registry.set_thresholds(models, FIRST, thresholds, "own rows")
    with capture_logs() as lines:
        for _ in range(3):
            live.look()
    assert live.current().model.thresholds.suggest == 0.99
    assert live.current().rules is classifier.rules
    assert lines == [{"event": "model_calibrated", "log_level": "info", "model": FIRST}]
    assert live.calls == []


def test_a_model_that_was_left_is_freed_with_its_last_answer(live: Live, models: Path) -> None:
    """Left to Python's own collector, several would be held at a time: some 40 MB each."""
    promote(models, "second")
    live.look()
    answer = live.current().classify("не могу вывести деньги")
    left = weakref.ref(live.current().votes)
    gc.disable()
    try:
        promote(models, FIRST)
        live.look()
        assert left() is not None
        del answer
        assert left() is None
        live.look()
    finally:
        gc.enable()


def no_file(models: Path) -> None:
    (models / "CURRENT").unlink()


def cut_votes(models: Path) -> None:
    votes = models / "second" / "votes.npz"
    votes.write_bytes(votes.read_bytes()[:-100])
    promote(models, "second")


def flipped_bit(models: Path) -> None:
    votes = models / "second" / "votes.npz"
    content = bytearray(votes.read_bytes())
    content[len(content) // 2] ^= 1
    votes.write_bytes(content)
    promote(models, "second")


class Bomb:
    """Whoever unpickles it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def pickle_bomb(models: Path) -> None:
    """Arrays of objects instead of numbers, and a digest that fits; the same in the pipeline, which nobody reads."""
    folder, bomb = models / "second", Bomb(models / "went off")
    np.savez(folder / "votes.npz", weights=np.array([bomb], object), protocol=np.array([bomb], object))
    (folder / "pipeline.joblib").write_bytes(pickle.dumps(bomb))
    meta = json.loads((folder / "meta.json").read_text())
    for name in ("votes.npz", "pipeline.joblib"):
        meta["digests"][name] = artefact.digest((folder / name).read_bytes())
    (folder / "meta.json").write_text(json.dumps(meta))
    promote(models, "second")


def no_json(models: Path) -> None:
    (models / "second" / "meta.json").write_text("{")
    promote(models, "second")


BREAKS = [
    no_file,
    cut_votes,
    flipped_bit,
    pickle_bomb,
    no_json,
    lambda models: promote(models, "third"),
    lambda models: promote(models, ""),
    lambda models: promote(models, b"\xff"),
    lambda models: promote(models, "a\0b"),
]


@pytest.mark.parametrize("breaks", BREAKS)
def test_a_broken_model_is_refused_told_once_and_the_old_one_stays(
    live: Live, models: Path, classifier, breaks
) -> None:
    breaks(models)
    with capture_logs() as lines:
        for _ in range(2 * RETRY_EVERY):
            live.look()
    assert live.current() is classifier
    assert [line["event"] for line in lines] == ["model_refused"]
    assert 2 <= len(live.calls) <= 3
    assert all(isinstance(error, ArtefactError | ValueError) for error in live.calls)
    assert not (models / "went off").exists()


def test_promoting_a_pickle_bomb_is_refused_before_anything_is_unpickled(models: Path) -> None:
    pickle_bomb(models)
    promote(models, FIRST)
    with pytest.raises(ArtefactError, match="cannot be read"):
        registry.promote(models, "second", "trap")
    assert (models / "CURRENT").read_text().strip() == FIRST
    assert not (models / "went off").exists()


def test_a_refused_model_is_taken_when_its_files_arrive(live: Live, models: Path) -> None:
    (models / "second" / "meta.json").rename(models / "meta.json")
    promote(models, "second")
    live.look()
    assert live.current().model.id == FIRST
    (models / "meta.json").rename(models / "second" / "meta.json")
    for _ in range(RETRY_EVERY):
        live.look()
    assert live.current().model.id == "second"


def test_another_promotion_after_a_refused_one_is_taken_at_once(live: Live, models: Path) -> None:
    promote(models, "third")
    live.look()
    promote(models, "second")
    live.look()
    assert live.current().model.id == "second"


def test_a_thread_watches_until_it_is_stopped(live: Live, models: Path, monkeypatch) -> None:
    monkeypatch.setattr("router.live.LOOK_EVERY", 0.01)
    live.watch()
    promote(models, "second")
    deadline = time.monotonic() + 30
    while live.current().model.id != "second" and time.monotonic() < deadline:
        time.sleep(0.01)
    live.stop()
    assert live.current().model.id == "second"
