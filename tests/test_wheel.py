"""An installed wheel works without the checkout, shipped model included."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """The interpreter of an environment in which nothing but the wheel and what it requires can be imported."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT)
    run(sys.executable, "-m", "venv", folder / "venv")
    found = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    run(found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    return found


def run(*words: object, cwd: Path | None = None) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd=cwd, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_classifies_outside_of_the_checkout(python: Path, tmp_path: Path) -> None:
    text = "третий день не могу вывести деньги"
    assert run(python.parent / "complaint-router", "classify", text, cwd=tmp_path).startswith("payments: ")
    script = "import router; from router import Classifier; print(router.__file__, Classifier.load().model.id)"
    where, model = run(python, "-c", script, cwd=tmp_path).split()
    assert str(ROOT) not in where
    assert model == (ROOT / "models" / "CURRENT").read_text().strip()


def test_the_wheel_serves_the_desk_with_its_files(python: Path, tmp_path: Path) -> None:
    script = (
        "from router.web import create_app; desk = create_app().test_client(); "
        "files = ('desk.css', 'desk.js', 'desk.svg', 'htmx-2.0.11.min.js', 'htmx-LICENSE.txt'); "
        "print([desk.get('/desk' + path).status_code for path in ('', '/try', *('/static/' + name for name in files))])"
    )
    assert run(python, "-c", script, cwd=tmp_path).strip() == str([200] * 7)


def test_training_without_its_libraries_says_what_to_install(python: Path, tmp_path: Path) -> None:
    words = [python.parent / "complaint-training", "list"]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "pip install 'complaint-router[training]'" in done.stderr
    assert "Traceback" not in done.stderr
