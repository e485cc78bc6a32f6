"""The documents say what is so: README's examples run, its figures are those of the shipped model's report."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import readme
from benchmarks.service import Service
from router import artefact
from router.cli import main as router_main
from router.settings import shipped_models
from tests.conftest import ROOT
from training.cli import main as training_main

README = (ROOT / "README.md").read_text()
FOLDER = shipped_models() / artefact.current_id(shipped_models())
BEFORE_LIFE = README.split("## A complaint's life")[0]
TRANSCRIPT = re.findall(r"^\$ (.*)\n((?:(?!\$ |```).*\n)*)", BEFORE_LIFE, re.MULTILINE)


def read(name: str) -> dict:
    return json.loads((FOLDER / name).read_text())


@pytest.mark.parametrize(("command", "expected"), TRANSCRIPT, ids=[command[:60] for command, _ in TRANSCRIPT])
def test_readmes_examples_give_the_answers_that_stand_there(command: str, expected: str, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with Service(f"sqlite:///{tmp_path / 'c.sqlite'}", tmp_path / "log") as service:
        script = command.replace("localhost:8000", f"127.0.0.1:{service.port}")
        words = ["bash", "-c", script]
        found = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ | {"PATH": path})
    assert found.stdout.strip() == expected.strip()


def test_readmes_figures_are_those_of_the_report() -> None:
    external = read("external.json")
    figures, auto = external["figures"], external["figures"]["auto"]
    flat = " ".join(README.split())
    for text in (
        f"On {figures['texts_in_categories']} real complaints",
        f"macro-F1 **{figures['macro_f1']:.2f}**",
        f"the first two for **{figures['top2']:.0%}**",
        f"the {auto['coverage']:.0%} that it routes by itself are right for **{auto['precision']:.0%}**",
    ):
        assert text in flat
    for values in figures["categories"].values():
        assert (
            f"| {values['precision']:.3f} | {values['recall']:.3f} | {values['f1']:.3f} | {values['texts']} |" in README
        )
    assert external["note"] in flat


def test_readmes_robustness_is_that_of_the_report() -> None:
    found = read("robustness.json")["macro_f1"]
    losses = {name: found["plain"] - value for name, value in found.items() if name != "plain"}
    worst = max(losses, key=losses.__getitem__)
    assert f"at most {losses[worst]:.3f} of macro-F1 ({worst})" in " ".join(README.split())


@pytest.mark.parametrize(
    "command", re.findall(r"^    (complaint-(?:router|training) .*?)(?:  +#.*)?$", README, re.MULTILINE)
)
def test_every_command_in_readme_exists_with_its_options(command: str) -> None:
    program, name, *words = command.rsplit("|", maxsplit=1)[-1].split() if "|" in command else command.split()
    group = {"complaint-router": router_main, "complaint-training": training_main}[program]
    text = CliRunner().invoke(group, [name, "--help"]).output
    if words and not words[0].startswith("-"):
        text += CliRunner().invoke(group, [name, words[0], "--help"]).output
    for option in re.findall(r"--[a-z-]+", " ".join(words)):
        assert option in text


def test_readmes_performance_is_that_of_the_measurements() -> None:
    assert readme.PART.split(README)[1] == readme.section()


def test_makefile_has_the_targets_that_readme_names() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"serve", "test", "lint", "train", "bench"} <= targets
    assert set(re.findall(r"make ([a-z]+)\b(?= {2,}#|`)", README)) <= targets


def test_ci_runs_both() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert "make lint" in script
    assert "make test" in script


def test_no_path_of_a_machine_stands_in_the_project() -> None:
    names = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False).stdout.split()
    for name in names:
        if name.endswith((".py", ".md", ".cfg", ".toml", "Makefile", "run")) and (ROOT / name).exists():
            assert not re.search(r"/(?:work|root|farm)/", (ROOT / name).read_text()), name
