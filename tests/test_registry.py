"""Promoting, going back and remembering; and that a command may be killed at any point of it."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from router import ArtefactError, artefact
from router.errors import ConflictError, DataError, InputError
from tests.conftest import ROOT
from tests.small import every, fitted
from training import bundle, history, registry, writing
from training.cli import main

COMMAND = [sys.executable, "-m", "training"]


def run(*words: object, code: int = 0) -> str:
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == code, found.output
    return found.output


def moves(models: Path) -> list[tuple]:
    return [(r["action"], r["from"], r["to"]) for r in history.records(models) if "to" in r]


@pytest.fixture
def three(workshop) -> tuple[Path, str, str, str]:
    """A registry in which A, then B, then C was promoted."""
    models, a, b = workshop
    shutil.copytree(models / a, models / "third")
    for model_id in (a, b, "third"):
        registry.promote(models, model_id, f"because of {model_id}")
    return models, a, b, "third"


def test_rolling_back_undoes_promotions_one_by_one_and_then_refuses(three) -> None:
    models, a, b, c = three
    assert registry.rollback(models, "flooded") == (c, b)
    assert registry.rollback(models, "still") == (b, a)
    with pytest.raises(ConflictError, match=f"nothing to go back to: no model was current before {a}"):
        registry.rollback(models, "more")
    assert registry.current(models) == a
    registry.promote(models, c, "again")
    assert registry.rollback(models, "never to and fro") == (c, a)
    assert [move[0] for move in moves(models)] == ["promote"] * 3 + ["rollback"] * 2 + ["promote", "rollback"]


def test_going_back_verifies_the_model_and_changes_nothing_if_it_is_damaged(three) -> None:
    models, _, b, c = three
    with (models / b / "pipeline.joblib").open("ab") as file:
        file.write(b"x")
    before = moves(models)
    with pytest.raises(ArtefactError, match=r"pipeline\.joblib has SHA-256"):
        registry.rollback(models, "x")
    assert (registry.current(models), moves(models)) == (c, before)


def test_the_command_goes_back_in_under_a_second(three) -> None:
    """Of processor time, the shortest of five: what other processes take is not the command's."""
    models, a, b, c = three
    seconds = []
    for _ in range(5):
        begun = used()
        subprocess.run([*COMMAND, "rollback", "--models", models], check=True, stdout=subprocess.DEVNULL)
        seconds.append(used() - begun)
        assert registry.current(models) == b
        registry.promote(models, c, "once more")
    assert min(seconds) < 1.0
    assert history.stack(history.records(models)) == [a, b, c]


def used() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def test_promoting_what_is_current_changes_nothing(three) -> None:
    models, *_, c = three
    before = moves(models)
    assert f"{c} is current (before: {c})" in run("promote", c, "--why", "again", "--models", models)
    assert moves(models) == before


def test_a_current_that_was_changed_by_hand_is_told_and_can_be_taken_back(three) -> None:
    models, a, _, c = three
    (models / "CURRENT").write_text(a)
    assert registry.rollback(models, "who did that?") == (a, c)
    assert moves(models)[-2:] == [("found", c, a), ("rollback", a, c)]


def test_history_tells_who_what_and_why(three) -> None:
    models, a, b, c = three
    meta = artefact.read_meta(models / c)
    registry.set_thresholds(models, c, meta["thresholds"] | {"suggest": 0.5}, "own rows")
    registry.rollback(models, "flooded")
    lines = run("history", "--models", models).splitlines()
    assert len(lines) == 5
    assert f"promote    none → {a}  by {history.user()}  because of {a}" in lines[0]
    assert f"calibrate  {c}" in lines[3]
    assert f"rollback   {c} → {b}" in lines[4]
    assert lines[4].endswith("flooded")


def test_a_reason_of_several_lines_is_one_line_of_the_history(three) -> None:
    models = three[0]
    before = len(run("history", "--models", models).splitlines())
    run("rollback", "--why", "payments\n2026-11-01T12:00Z  promote", "--models", models)
    found = run("history", "--models", models)
    assert len(found.splitlines()) == before + 1
    assert found.endswith("payments 2026-11-01T12:00Z promote\n")


def test_history_says_what_was_live_when(tmp_path: Path) -> None:
    lines = [
        {"at": "2026-10-01T10:00:00Z", "from": None, "to": "r1", "why": "first"},
        {"at": "2026-10-05T10:00:00Z", "calibrated": "r1", "before": {}, "why": "own rows"},
        {"at": "2026-11-01T10:00:00Z", "action": "promote", "from": "r1", "to": "r2", "why": "better"},
        {"at": "2026-11-01T14:00:00Z", "action": "rollback", "from": "r2", "to": "r1", "why": "worse"},
    ]
    (tmp_path / "HISTORY.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for at, expected in (
        ("2026-09-30T23:00Z", "none"),
        ("2026-10-01T10:00:00Z", "r1  since 2026-10-01T10:00:00Z: first"),
        ("2026-11-01T12:00Z", "r2  since 2026-11-01T10:00:00Z: better"),
        ("2026-11-01T12:00", "r2"),
        ("2026-11-01T12:00+03:00", "r1"),
        ("2026-11-02", "r1  since 2026-11-01T14:00:00Z: worse"),
    ):
        assert run("history", "--at", at, "--models", tmp_path).startswith(expected), at
    assert "expected a time such as" in run("history", "--at", "yesterday", "--models", tmp_path, code=1)
    assert "expected a time that has passed" in run("history", "--at", "2999-01-01", "--models", tmp_path, code=1)


def test_a_registry_without_a_history_says_so(workshop) -> None:
    models, a, _ = workshop
    assert "has no history; current: none" in run("history", "--models", models, code=1)
    (models / "CURRENT").write_text(f"{a}\n")
    assert f"has no history; current: {a}" in run("history", "--at", "2026-11-01", "--models", models, code=1)


def test_an_empty_current_is_none(three) -> None:
    models, a, *_, c = three
    (models / "CURRENT").write_text("\n")
    assert registry.promote(models, a, "mended") is None
    assert registry.rollback(models, "back") == (a, c)


def test_a_time_never_goes_back_though_the_clock_does(three, monkeypatch) -> None:
    models, a, *_ = three
    last = history.records(models)[-1]["at"]
    monkeypatch.setattr(history, "now", lambda: "2001-01-01T00:00:00Z")
    registry.promote(models, a, "the clock was set back")
    assert history.records(models)[-1]["at"] == last
    assert history.live_at(history.records(models), datetime.now(UTC))["to"] == a


def test_a_torn_last_line_is_passed_over_and_repaired(three) -> None:
    models, *_ = three
    path = models / "HISTORY.jsonl"
    with path.open("ab") as file:
        file.write('{"at": "2026-11-22T11:41:50Z", "why": "п'.encode()[:-1])
    before = moves(models)
    assert len(before) == 3
    registry.rollback(models, "x")
    assert moves(models)[:-1] == before
    assert all(json.loads(line) for line in path.read_text().splitlines())


@pytest.mark.parametrize(
    "line", ["cut", "[]", "{}", '{"at": 5}', '{"at": "now", "from": null, "to": "a"}', '{"to": "a"}']
)
def test_a_broken_line_is_named(three, line: str) -> None:
    models, *_ = three
    with (models / "HISTORY.jsonl").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(DataError, match=r"HISTORY\.jsonl:4: expected a JSON object"):
        history.records(models)
    assert "HISTORY.jsonl:4" in run("rollback", "--models", models, code=1)


@pytest.mark.parametrize("name", ["../models", ".", "", ".lock", "a/b", "nothing"])
def test_only_a_models_own_name_is_one(three, name: str) -> None:
    with pytest.raises(InputError, match="there are: "):
        registry.promote(three[0], name, "x")


def test_a_damaged_model_is_named_and_hides_no_other(three) -> None:
    models, a, b, c = three
    (models / a / "meta.json").write_text('{"digests": {}, "fitted_at": "2026"}')
    assert f"{a}/meta.json does not say when it was fitted" in run("list", "--models", models, code=1)
    told = run("promote", "nothing", "--why", "x", "--models", models, code=1)
    assert f"there are: {', '.join(sorted((a, b, c)))}" in told


# Killed at every step: the audit hook of CPython tells of every change of a file before it is made.

CHANGES = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "ctypes.dlsym", "fcntl.flock")


def die_at(step: int, models: Path, job: Callable[[], object]) -> bool:
    """Do a job in a process of its own that kills itself before its change number `step`; whether it came that far."""
    child = os.fork()
    if child == 0:
        left = step

        def hook(event: str, words: tuple) -> None:
            nonlocal left
            if event in CHANGES and (event.startswith(("ctypes", "fcntl")) or str(models) in str(words[0])):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            job()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def settled(models: Path) -> str | None:
    """What holds whatever was killed: the current model can be loaded, and is the one that the history ends with.

    Then, what a next command finds is the same, and it leaves nothing behind.
    """
    current, found = registry.current(models), moves(models)
    assert (found[-1][2] if found else None) == current
    if current:
        artefact.load(models)
    assert [to for _, _, to in found[:-1]] == [begins for _, begins, _ in found[1:]]
    registry.tidy(models)
    assert (registry.current(models), moves(models)) == (current, found)
    names = {path.name for path in models.iterdir()} - {folder.name for folder in artefact.folders(models)}
    assert names <= {"CURRENT", "HISTORY.jsonl", ".lock"}
    assert not list(models.glob("*/.*"))
    return current


def every_step(models: Path, before: Callable[[Path], object], job: Callable[[Path], object]) -> list[Path]:
    """A registry for each step at which the job was killed, and a last one in which it was not."""
    registries: list[Path] = []
    killed = True
    while killed:
        registries.append(shutil.copytree(models, models.parent / f"step{len(registries)}"))
        before(registries[-1])
        killed = die_at(len(registries) - 1, registries[-1], lambda: job(registries[-1]))
    return registries


def test_a_promotion_killed_at_any_step_happened_or_did_not(workshop) -> None:
    models, a, b = workshop
    steps = every_step(models, lambda m: registry.promote(m, a, "first"), lambda m: registry.promote(m, b, "better"))
    found = [settled(step) for step in steps]
    assert len(found) > 10
    assert set(found) == {a, b}
    assert found == sorted(found, key=(a, b).index)  # once it happened, it happened


def test_a_rollback_killed_at_any_step_happened_or_did_not(workshop) -> None:
    models, a, b = workshop

    def promoted(registry_of: Path) -> None:
        registry.promote(registry_of, a, "first")
        registry.promote(registry_of, b, "better")

    found = [settled(step) for step in every_step(models, promoted, lambda m: registry.rollback(m, "worse"))]
    assert found == sorted(found, key=(b, a).index)
    assert set(found) == {a, b}


def test_a_calibration_killed_at_any_step_is_remembered_if_it_happened(workshop) -> None:
    models, a, _ = workshop
    thresholds = artefact.read_meta(models / a)["thresholds"] | {"suggest": 0.7}
    steps = every_step(
        models, lambda m: registry.promote(m, a, "first"), lambda m: registry.set_thresholds(m, a, thresholds, "own")
    )
    happened = []
    for step in steps:
        told = any("calibrated" in record for record in history.records(step))
        assert told == (artefact.read_meta(step / a)["thresholds"]["suggest"] == 0.7)
        settled(step)
        assert told == any("calibrated" in record for record in history.records(step))
        happened.append(told)
    assert happened == sorted(happened)
    assert set(happened) == {False, True}


@pytest.mark.parametrize("exchange", [True, False], ids=["exchanged", "put aside"])
def test_a_model_replaced_by_itself_is_never_gone(workshop, exchange: bool, monkeypatch) -> None:
    """As where the same corpus is fitted again: the folder of the model that serves is replaced."""
    models, a, _ = workshop
    if not exchange:
        monkeypatch.setattr(writing, "_exchange", lambda *_: False)

    def again(registry_of: Path) -> None:
        with writing.workplace(registry_of) as folder:
            shutil.copytree(registry_of / a, folder, dirs_exist_ok=True)
            (folder / "report.html").write_text("new")
            with writing.locked(registry_of):
                writing.replace_folder(folder, registry_of / a)

    found = []
    for step in every_step(models, lambda m: registry.promote(m, a, "first"), again):
        if exchange:
            registry.verify(step / a)  # at once, before any command has put things in order
        else:
            registry.tidy(step)
        assert settled(step) == a
        found.append((step / a / "report.html").read_text() == "new")
    assert found == sorted(found)
    assert set(found) == {False, True}


def test_a_fit_killed_while_it_writes_leaves_the_models_that_were_there(workshop) -> None:
    """At random steps of the true writing; the model is new in one registry, and there already in the other."""
    models, a, b = workshop
    work = fitted(every(40))
    chance = random.Random(3)
    for known in (True, False):
        for number, step in enumerate([0, *chance.sample(range(1, 40), 5)]):
            registry_of = shutil.copytree(models, models.parent / f"fit{known}{number}")
            registry.promote(registry_of, b, "first")
            if not known:
                shutil.rmtree(registry_of / a)
            die_at(step, registry_of, lambda to=registry_of: bundle.write(*work, to))
            for folder in artefact.folders(registry_of):
                registry.verify(folder)
            assert settled(registry_of) == b
            assert {entry.id for entry in registry.entries(registry_of)} in ({a, b}, {b} if not known else {a, b})


def test_fitting_a_model_again_keeps_what_commands_added_to_it(workshop) -> None:
    models, a, _ = workshop
    first = artefact.read_meta(models / a)["thresholds"]
    figures = next((ROOT / "models").glob("*/robustness.json")).read_text()
    (models / a / "robustness.json").write_text(figures)
    bundle.write(*fitted(every(40)), models)
    assert artefact.read_meta(models / a)["thresholds"] == first
    registry.set_thresholds(models, a, first | {"suggest": 0.7}, "own")
    assert bundle.write(*fitted(every(40)), models) == a
    assert artefact.read_meta(models / a)["thresholds"] == first | {"suggest": 0.7}
    assert (models / a / "robustness.json").read_text() == figures
    assert "Robustness" in (models / a / "report.html").read_text()
    (models / a / "meta.json").write_text("{")
    bundle.write(*fitted(every(40)), models)
    registry.verify(models / a)


def test_a_folder_in_which_a_model_is_being_made_is_not_swept_nor_listed(workshop) -> None:
    models, a, _ = workshop
    with writing.workplace(models) as folder:
        shutil.copytree(models / a, folder, dirs_exist_ok=True)
        registry.tidy(models)
        assert (folder / "meta.json").exists()
        assert len(registry.entries(models)) == 2
    shutil.copytree(models / a, models / ".fitting-dead")
    shutil.copytree(models / a, models / f".replaced-{a}")
    assert len(registry.entries(models)) == 2
    registry.tidy(models)
    assert not list(models.glob(".fitting-*")) + list(models.glob(".replaced-*"))


def test_commands_killed_at_random_moments_leave_a_sound_registry(three) -> None:
    models, a, b, c = three
    chance = random.Random(7)
    for round_ in range(8):
        words = ["rollback"] if round_ % 2 else ["promote", chance.choice([a, b, c]), "--why", "x", "--force"]
        process = subprocess.Popen(
            [*COMMAND, *words, "--models", models], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.2, 1.2))
        process.kill()
        process.wait()
        settled(models)


def test_two_promotions_at_once_come_one_after_the_other(workshop) -> None:
    models, a, b = workshop
    shutil.copytree(models / a, models / "third")
    registry.promote(models, "third", "first")
    words = ("--force", "--models", models)
    both = [
        subprocess.Popen([*COMMAND, "promote", model, "--why", f"for {model}", *words], stdout=subprocess.DEVNULL)
        for model in (a, b)
    ]
    assert [process.wait() for process in both] == [0, 0]
    assert {move[2] for move in moves(models)[1:]} == {a, b}
    assert len(moves(models)) == 3
    settled(models)


def test_a_promotion_that_was_overtaken_changes_nothing(three) -> None:
    models, a, _, c = three
    with pytest.raises(ConflictError, match=f"{c} became current meanwhile") as told:
        registry.promote(models, a, "late", instead_of="something")
    assert told.value.code == registry.OVERTAKEN
    assert registry.current(models) == c


def test_what_was_measured_of_a_model_is_written_to_that_one_though_another_becomes_current(workshop, tmp_path) -> None:
    models, a, b = workshop
    registry.promote(models, a, "first")
    rows = (ROOT / "data" / "complaints.jsonl").read_bytes().splitlines(keepends=True)[::50]
    pipe = tmp_path / "rows.jsonl"
    os.mkfifo(pipe)
    calibrating = subprocess.Popen([*COMMAND, "calibrate", "--data", pipe, "--models", models], cwd=ROOT)
    with pipe.open("wb") as file:  # opens once the command has its model and reads
        registry.promote(models, b, "second")
        file.write(b"".join(rows))
    assert calibrating.wait() == 0
    assert history.records(models)[-1]["calibrated"] == a


def test_who_waits_too_long_is_told(workshop, monkeypatch) -> None:
    models, a, _ = workshop
    monkeypatch.setattr(writing, "PATIENCE", 0.1)
    with writing.locked(models), pytest.raises(ConflictError, match=r"another command has held .*\.lock"):
        registry.promote(models, a, "x")


RECORD = {"at": "2026-11-22T12:00:00Z", "from": None, "to": "x"}


@pytest.mark.parametrize(
    "pending",
    [
        "{",
        [],
        {"record": RECORD},
        {"file": "../setup.cfg", "sha256": "", "record": RECORD},
        {"file": "/etc/hostname", "sha256": "", "record": RECORD},
        {"file": ".", "sha256": "", "record": RECORD},
        {"file": 5, "sha256": "", "record": RECORD},
        {"file": "CURRENT", "sha256": "", "record": {"to": "x"}},
    ],
)
def test_what_no_command_left_half_done_is_refused_in_a_line_and_changes_nothing(three, pending: object) -> None:
    models, *_ = three
    before = (models / "HISTORY.jsonl").read_bytes(), (models / "CURRENT").read_bytes()
    (models / ".pending.json").write_text(pending if isinstance(pending, str) else json.dumps(pending))
    for words in (("history",), ("rollback", "--why", "x")):
        (line,) = run(*words, "--models", models, code=1).splitlines()
        assert ".pending.json: expected what a killed command left" in line
    assert ((models / "HISTORY.jsonl").read_bytes(), (models / "CURRENT").read_bytes()) == before
