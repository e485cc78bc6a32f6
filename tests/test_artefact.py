"""A model's folder is loaded whole and true, or not at all."""

import json
import shutil
from pathlib import Path

import pytest

from router import ArtefactError, Classifier, artefact
from router.settings import shipped_models


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A copy of the shipped registry that a test may damage."""
    return Path(shutil.copytree(shipped_models(), tmp_path / "models", ignore=shutil.ignore_patterns("*.joblib")))


@pytest.fixture
def folder(models: Path) -> Path:
    return models / artefact.current_id(models)


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_flipped_bit_is_refused_naming_both_digests(models: Path, folder: Path) -> None:
    content = bytearray((folder / "votes.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "votes.npz").write_bytes(content)
    expected = artefact.read_meta(folder)["digests"]["votes.npz"]
    with pytest.raises(ArtefactError, match=rf"{artefact.digest(bytes(content))}; meta.json expects {expected}"):
        Classifier.load(models=models)


def test_a_cut_file_is_refused(models: Path, folder: Path) -> None:
    (folder / "votes.npz").write_bytes((folder / "votes.npz").read_bytes()[:1000])
    with pytest.raises(ArtefactError, match="SHA-256"):
        Classifier.load(models=models)


@pytest.mark.parametrize("name", ["votes.npz", "meta.json"])
def test_a_missing_file_is_named(models: Path, folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ArtefactError, match=rf"{name} cannot be read: No such file"):
        Classifier.load(models=models)


def test_a_registry_without_current_is_named(models: Path) -> None:
    (models / "CURRENT").unlink()
    with pytest.raises(ArtefactError, match="CURRENT cannot be read"):
        Classifier.load(models=models)


@pytest.mark.parametrize("name", ["../outside", ".", "a/b", "{current}/", "./{current}", "\udcff"])
def test_a_path_is_no_id_of_a_model(models: Path, folder: Path, name: str) -> None:
    shutil.copytree(folder, models.parent / "outside")
    with pytest.raises(ArtefactError, match="expected the id of a model in"):
        Classifier.load(name.format(current=folder.name), models)


@pytest.mark.parametrize("content", [b"../outside", b"/tmp", b".", b"a/b", b"a\nb", b"a\0", b"\xff\xfe", b"x" * 9_000])
def test_what_names_no_model_is_refused_and_leads_nowhere(models: Path, folder: Path, content: bytes) -> None:
    shutil.copytree(folder, models.parent / "outside")
    (models / "CURRENT").write_bytes(content)
    with pytest.raises(ArtefactError, match="CURRENT: expected the id of a model, found") as caught:
        Classifier.load(models=models)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("content", ["", "[]", "{}", "{", "[" * 100_000])
def test_a_meta_of_another_shape_is_refused(models: Path, folder: Path, content: str) -> None:
    (folder / "meta.json").write_text(content)
    with pytest.raises(ArtefactError, match=r"meta\.json"):
        Classifier.load(models=models)


@pytest.mark.parametrize("thresholds", [None, {}, {"auto": []}, {"auto": {}, "suggest": "much"}])
def test_thresholds_of_another_shape_are_refused(models: Path, folder: Path, thresholds: object) -> None:
    change(folder / "meta.json", thresholds=thresholds)
    with pytest.raises(ArtefactError, match="thresholds"):
        Classifier.load(models=models)
