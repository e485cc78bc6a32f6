"""How the costs grow with the work, on one machine in one run.

python -m benchmarks.growth                    # some fifteen minutes on two cores; writes growth.json, growth.svg
python -m benchmarks.growth --most 10000       # less than a minute, to build/benchmarks
python -m benchmarks.growth --only store --postgres
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine, readme
from benchmarks.growth import bulk, clients, fitting, store
from benchmarks.growth.curve import Curve, printed
from benchmarks.process import ROOT
from training import corpus, plots
from training.corpus import Row

PARTS = ("bulk", "fit", "store", "clients")
NAME = "growth.json"
ALL = 1_000_000


def main(words: Sequence[str] | None = None) -> None:
    """Measure, write `growth.json` and its chart, print the exponents, and bring README up to date."""
    options = _options(words)
    options.output.mkdir(parents=True, exist_ok=True)
    rows = corpus.read(fitting.DATA)
    with tempfile.TemporaryDirectory(prefix="complaint-router-growth-") as folder:
        found = {part: [one.as_json() for one in measure(part, rows, Path(folder), options)] for part in options.only}
    found = written(options.output / NAME, found)
    (options.output / "growth.svg").write_text(plots.growth([one for of in found.values() for one in of]))
    print(printed(one for of in found.values() for one in of))
    if options.output == readme.HERE:
        readme.update()


def measure(part: str, rows: Sequence[Row], folder: Path, options: argparse.Namespace) -> list[Curve]:
    """The curves of one part."""
    parts: dict[str, Callable[[], list[Curve]]] = {
        "bulk": lambda: bulk.curves(rows, folder, options.most, options.patience),
        "fit": lambda: fitting.curves(options.most, options.patience),
        "store": lambda: _stores(rows, folder, options),
        "clients": lambda: clients.curves(folder, options.seconds, options.rounds),
    }
    return parts[part]()


def _stores(rows: Sequence[Row], folder: Path, options: argparse.Namespace) -> list[Curve]:
    found = store.curves(rows, lambda name: f"sqlite:///{folder}/{name}.sqlite", options.most)
    if options.postgres:
        from benchmarks.postgres import postgres

        with postgres() as new_database:
            found += store.curves(rows, lambda name: new_database(), options.most, "PostgreSQL")
    return found


def written(path: Path, found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Write curves by part; parts that were not measured now stay as they were, if they are of the same machine."""
    here = machine.describe()
    before = json.loads(path.read_text()) if path.exists() else {}
    kept = before["curves"] if before.get("machine") == here else {}
    curves = {part: (kept | found)[part] for part in PARTS if part in kept | found}
    content = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": here, "curves": curves}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return curves


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", type=_parts, default=PARTS, metavar="PARTS", help=f"of {','.join(PARTS)}")
    parser.add_argument("--most", type=int, default=ALL, metavar="N", help="the largest size")
    parser.add_argument("--postgres", action="store_true", help="the store on PostgreSQL, too")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="benchmarks; with --most, build/benchmarks")
    options = parser.parse_args(words)
    partly = options.most < ALL
    options.output = options.output or (ROOT / "build" / "benchmarks" if partly else readme.HERE)
    options.patience, options.seconds, options.rounds = (5.0, 0.3, 3) if partly else (60.0, 2.0, 5)
    return options


def _parts(text: str) -> list[str]:
    found = text.split(",")
    if unknown := [part for part in found if part not in PARTS]:
        raise argparse.ArgumentTypeError(f"expected some of {','.join(PARTS)}, got {','.join(unknown)}")
    return found


if __name__ == "__main__":
    main()
