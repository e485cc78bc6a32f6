"""Who may import whom."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PURE = (
    "toml",
    "taxonomy",
    "text",
    "lemmas",
    "features",
    "categories",
    "votes",
    "decision",
    "urgency",
    "risks",
    "issues",
    "language",
)
HEAVY = {"flask", "flask_openapi3", "sqlalchemy", "sklearn", "joblib", "scipy", "matplotlib", "granian", "pydantic"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", modules("router"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_runtime_never_imports_training_scikit_learn_or_joblib(path: Path) -> None:
    assert not roots(path) & {"training", "sklearn", "joblib"}


@pytest.mark.parametrize("name", PURE)
def test_the_core_imports_nothing_heavy(name: str) -> None:
    assert not roots(ROOT / "router" / f"{name}.py") & HEAVY


@pytest.mark.parametrize("path", modules("router"), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_below_the_web_imports_it(path: Path) -> None:
    if path.parent.name != "web" and path.name not in ("cli.py", "server.py", "__main__.py"):
        assert not [name for name in imported(path) if name.startswith(("router.web", "router.cli"))]


@pytest.mark.parametrize(
    ("library", "owners"),
    [
        ("pymorphy3", {"router/lemmas.py"}),
        ("flask", {"router/web"}),
        ("granian", {"router/server.py"}),
        ("matplotlib", {"training/plots.py"}),
    ],
)
def test_a_library_has_one_owner(library: str, owners: set[str]) -> None:
    paths = [path.relative_to(ROOT) for path in (*modules("router"), *modules("training")) if library in roots(path)]
    assert {str(path) if str(path) in owners else str(path.parent) for path in paths} == owners


def test_the_environment_is_read_in_one_place() -> None:
    readers = re.compile(r"os\.getenv|os\.environ(?!\[METRICS_FOLDER\] = )")
    found = [path.name for path in modules("router") if readers.search(path.read_text())]
    assert found in ([], ["settings.py"])


@pytest.mark.parametrize(
    "script",
    [
        "from router import Classifier; Classifier.load().classify('не могу вывести деньги')",
        "from router.web import create_app; create_app()",
    ],
)
def test_a_fresh_process_that_classifies_has_no_scikit_learn(script: str) -> None:
    check = "import sys; print(sorted({'sklearn', 'joblib', 'scipy', 'matplotlib'} & set(sys.modules)))"
    command = [sys.executable, "-W", "error", "-c", f"{script}; {check}"]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip() == "[]"


def test_one_complaint_is_classified_without_what_only_the_service_needs() -> None:
    """A process that answers from the command line ends before these would have been imported."""
    script = "from router.cli import main; main(['classify', 'не могу вывести деньги'], standalone_mode=False)"
    check = f"import sys; print(*sorted({HEAVY | {'asyncio', 'structlog'}} & set(sys.modules)))"
    command = [sys.executable, "-W", "error", "-c", f"{script}; {check}"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert found.startswith("payments")
    assert found.splitlines()[-1] == ""


@pytest.mark.parametrize(
    "path", [*modules("router"), *modules("training")], ids=lambda path: str(path.relative_to(ROOT))
)
def test_house_rules_of_size(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40 + 12, f"{node.name} is too long"  # 12 for its docstring
