"""Words that were worked out at fitting: the same as if they were worked out when met, or refused."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from router import ArtefactError, Classifier, artefact, known
from router.settings import shipped_models
from router.votes import Votes


@pytest.fixture(scope="module")
def shipped() -> artefact.Artefact:
    return artefact.load(shipped_models())


def test_the_shipped_models_words_are_as_they_would_be_worked_out(shipped: artefact.Artefact) -> None:
    assert shipped.known is not None
    assert len(shipped.known.words) > 10_000
    again = known.work_out(shipped.known.words, Votes(shipped.table).words)
    assert again.words == shipped.known.words
    assert (again.votes == shipped.known.votes).all()
    assert (again.counts == shipped.known.counts).all()


def test_a_text_is_answered_alike_with_and_without_known_words(shipped: artefact.Artefact) -> None:
    plain = Classifier(shipped)
    plain.votes = Votes(shipped.table, marks=plain.risks.marks)
    for text in ("не могу вывести деньги, подам в суд", "приложение вылетает", "сщётчик не пашет", "my account"):
        found = Classifier(shipped).classify(text)
        assert found.as_json(explain=True) == plain.classify(text).as_json(explain=True)


def test_what_is_saved_is_read_again(tmp_path: Path, shipped: artefact.Artefact) -> None:
    for words in (["деньги", "не пришли", "!"], []):
        one = known.work_out(words, Votes(shipped.table).words)
        known.save(one, tmp_path / "w")
        content = (tmp_path / "w").read_bytes()
        other = known.load(content, "w", 4)
        assert other.words == sorted(words)
        assert [other.get(word) for word in words] == [one.get(word) for word in words]
        assert other.get("иное") is None
        known.save(other, tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == content


def file_of(**changes: object) -> bytes:
    parts = {
        "protocol": np.array(1),
        "words": np.frombuffer("а\nб".encode(), np.uint8),
        "votes": np.zeros((2, 5), np.int64),
        "counts": np.ones((2, 5), np.uint8),
    }
    file = io.BytesIO()
    np.savez(file, **{name: part for name, part in (parts | changes).items() if part is not None})
    return file.getvalue()


def test_a_sound_file_is_taken() -> None:
    assert known.load(file_of(), "w", 4).get("б") == ([0] * 5, (1,) * 5)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"PK", "w cannot be read"),
        (file_of()[:300], "w cannot be read"),
        (file_of(protocol=np.array(7)), "w has protocol 7; expected 1"),
        (file_of(words=None), "w lacks a part of known words"),
        (file_of(words=np.array([255, 254], np.uint8)), "w lacks a part of known words"),
        (file_of(votes=np.zeros((3, 5), np.int64)), r"votes of int64 \(3, 5\); expected int64 of \(2, 5\)"),
        (file_of(votes=np.zeros((2, 4), np.int64)), r"votes of int64 \(2, 4\); expected int64 of \(2, 5\)"),
        (file_of(votes=np.zeros((2, 5))), "votes of float64"),
        (file_of(votes=np.full((2, 5), 1 << 60)), "votes of more than"),
        (file_of(votes=np.full((2, 5), -(1 << 63))), "votes of more than"),
        (file_of(counts=np.full((2, 5), 2, np.uint8)), "counts of more than 1"),
        (file_of(counts=np.ones((2, 6), np.uint8)), "counts of uint8"),
        (file_of(counts=np.array([[1] * 5, [0] + [1] * 4], np.uint8)), "words that do not count as one"),
        (file_of(votes=np.array([object()])), "w cannot be read"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ArtefactError, match=why):
        known.load(content, "w", 4)


def copy(to: Path) -> Path:
    model_id = artefact.current_id(shipped_models())
    for file in (artefact.VOTES, artefact.META, known.NAME):
        (to / model_id).mkdir(exist_ok=True)
        shutil.copy(shipped_models() / model_id / file, to / model_id / file)
    return to / model_id


def test_a_model_works_without_the_file_and_is_refused_with_another(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    assert artefact.load(tmp_path, folder.name).known is not None
    (folder / known.NAME).write_bytes(file_of())
    with pytest.raises(ArtefactError, match=r"words\.npz has SHA-256"):
        artefact.load(tmp_path, folder.name)
    (folder / known.NAME).unlink()
    assert artefact.load(tmp_path, folder.name).known is None
