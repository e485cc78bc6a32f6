"""docs/retraining.md, run from the first command to the last, as a stranger would."""

import csv
import os
import random
import re
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic

from router.categories import NONE
from tests.conftest import ROOT
from training import corpus

TUTORIAL = (ROOT / "docs" / "retraining.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", TUTORIAL, re.M | re.S)

CAREFULLY = """set -eu
trap '[ -z "${SERVICE:-}" ] || kill $SERVICE 2>&- || true' EXIT
"""


def write_table(path: Path) -> None:
    """500 complaints as a stranger's table: two columns."""
    every = corpus.read(ROOT / "data" / "complaints.jsonl")
    rows = [row for row in every if row.label != NONE and not re.search(r"[\r\n]", row.text)]
    chosen = random.Random(0).sample(rows, 500)
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("text", "label"), *((row.text, row.label) for row in chosen)])


def test_from_a_table_to_live_traffic_and_back_in_under_two_minutes(tmp_path: Path) -> None:
    write_table(tmp_path / "own.csv")
    script = CAREFULLY + "".join(f"echo '== {place}'\n{block}" for place, block in enumerate(BLOCKS))
    paths = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    setting = {"PATH": paths, "PORT": free_port(), "SHIPPED": str(ROOT / "models"), "HOME": str(tmp_path)}
    began = monotonic()
    command = ["bash", "-c", script]
    done = subprocess.run(command, check=False, cwd=tmp_path, env=setting, capture_output=True, text=True)
    took = monotonic() - began
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    said = dict(re.findall(r"^== (\d+)\n(.*?)(?=^== |\Z)", done.stdout, re.M | re.S))
    new, old = fitted(tmp_path), (ROOT / "models" / "CURRENT").read_text().strip()
    assert "500 rows, 0 faults" in said["1"]
    assert f'"model":"{new}"' in said["8"]
    assert old in said["9"]
    assert (tmp_path / "registry" / "CURRENT").read_text().strip() == old
    assert "1 rows; 1 new" in said["10"]
    assert took < 120, f"{took:.0f} s"


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


def fitted(folder: Path) -> str:
    """The id of the model that the tutorial fitted."""
    known = {path.name for path in (ROOT / "models").iterdir()}
    (new,) = {path.parent.name for path in (folder / "registry").glob("r*/meta.json")} - known
    return new
