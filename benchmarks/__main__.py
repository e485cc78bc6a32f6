"""`make bench`: the router beside what people would use instead, in one run on one machine.

python -m benchmarks                                  # speed, size and memory: some three minutes on two cores
python -m benchmarks --external complaints.jsonl      # and macro-F1 on a file
python -m benchmarks --quality                        # and with each writer left out: half an hour
python -m benchmarks --quick                          # on a sample of the corpus: only to see that all of it runs

Writes results.json, RESULTS.md and the chart here, and README's performance section.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import framework, latency, machine, process, quality, readme, report
from benchmarks.peers import OURS, PEERS, USUAL, Predict
from router import Classifier
from router.settings import shipped_models
from router.votes import Votes
from training import corpus
from training.corpus import Row

HERE = Path(__file__).parent
TARGETS = {"usual": 120.0, "fasttext": 1.5, "explain": 0.5, "bulk_per_core": 50.0, "service": 0.8}
"""Ratios that are promised; `service` is `/v1/classify` over an empty route;
`explain` is without an explanation over with one, turned round."""

EVERY = 10
"""A quick run takes one row of so many."""


def main() -> None:
    """Measure, write `results.json`, the chart and the section, and print the ratios."""
    options = _options()
    options.output.mkdir(parents=True, exist_ok=True)
    rows = corpus.read(HERE.parent / "data")[:: EVERY if options.quick else 1]
    with tempfile.TemporaryDirectory(prefix="complaint-router-bench-") as folder:
        found = measure(rows, Path(folder), options)
    keep_quality(found, options.output / "results.json")
    (options.output / "results.json").write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    (options.output / "chart.svg").write_text(report.chart(found), encoding="utf-8")
    (options.output / "RESULTS.md").write_text(report.peers(found), encoding="utf-8")
    print(report.peers(found), readme.section(options.output), sep="\n")
    if options.output == HERE:
        readme.update()


def measure(rows: Sequence[Row], folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """All figures of a run; seconds, MB and macro-F1."""
    names = [name for name in PEERS if name not in options.without]
    found: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine.describe()}
    found["peers"] = {name: {"title": PEERS[name].title} | _fit(name, rows, folder / name) for name in names}
    predictors = {name: PEERS[name].load(folder / name) for name in names}
    for name, figures in _latency(rows, predictors, options.rounds).items():
        if name in EXTRA:  # it shares its caches with the router proper, which has met the words before it
            figures.pop("first")
        found["peers"].setdefault(name, {"title": EXTRA.get(name)}).update(figures)
    if OURS in names:  # only ours: a peer's process would load all that `benchmarks.peers` imports, its own or not
        found["peers"][OURS] |= process.start()
    found["bulk"] = process.bulk(rows, options.bulk)
    found["service"] = framework.measure(framework.texts(), folder, *((2, 0.3) if options.quick else ()))
    if options.external:
        f1 = quality.external(predictors, corpus.read(options.external))
        found["external"] = {"file": options.external.name, "macro_f1": f1}
    if options.quality:
        found["writers_left_out"] = quality.left_out(rows, names)
    return found | {"ratios": _ratios(found), "targets": TARGETS}


def keep_quality(found: dict[str, Any], earlier: Path) -> None:
    """Take macro-F1 on a file from an earlier run, with its time, where this one did not measure it."""
    before = json.loads(earlier.read_text(encoding="utf-8")) if earlier.exists() else {}
    if "external" in before and "external" not in found:
        found["external"] = {"at": before["at"]} | before["external"]


EXTRA = {
    "ours_json": "complaint-router, the API's object",
    "ours_explained": "complaint-router, with evidence",
    "ours_plain": "complaint-router without its compiled part",
}


def _fit(name: str, rows: Sequence[Row], folder: Path) -> dict[str, float]:
    """Fit into a folder, which goes with the run. The usual pipeline is fitted with cached lemmas: it is the same."""
    folder.mkdir()
    began = time.perf_counter()
    PEERS[name].fit(rows, folder)
    seconds = time.perf_counter() - began
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if name == OURS:  # what is served is the compiled model
        classifier = Classifier.load()
        size = (shipped_models() / classifier.model.id / "votes.npz").stat().st_size
    print(f"fitted {PEERS[name].title}: {seconds:.0f} s", flush=True)
    return {"fit": seconds, "size": size / 2**20}


def _latency(rows: Sequence[Row], predictors: dict[str, Predict], rounds: int) -> dict[str, dict[str, float]]:
    timed, others = latency.split(rows, 150)
    classifier, plain = Classifier.load(), Classifier.load()
    plain.votes = Votes(plain.model.table, marks=plain.risks.marks, compiled=False, known=plain.model.known)
    answers: dict[str, latency.Answer] = {
        **predictors,
        OURS: classifier.classify,
        "ours_json": lambda text: classifier.classify(text).as_json(),
        "ours_explained": lambda text: classifier.classify(text).evidence,
        "ours_plain": plain.classify,
    }
    for name, answer in answers.items():
        for text in others[:200] if name == USUAL else others:  # it has no cache to warm
            answer(text)
    return latency.measure(answers, timed, rounds)


def _ratios(found: dict[str, Any]) -> dict[str, float]:
    """How many times faster than each peer the router is, by p50, and what the rest is to it."""
    peers = found["peers"]
    ours = peers[OURS]["p50"]
    ratios = {name: figures["p50"] / ours for name, figures in peers.items() if name not in (OURS, *EXTRA)}
    ratios["explain"] = ours / peers["ours_explained"]["p50"]
    ratios["service"] = found["service"]["ratio"]
    ratios["json"] = ours / peers["ours_json"]["p50"]
    if USUAL in peers:
        ratios["bulk_per_core"] = found["bulk"]["per_core_second"] * peers[USUAL]["p50"]
    return ratios


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--external", type=Path, metavar="FILE", help="JSON lines with text and label")
    parser.add_argument("--quality", action="store_true", help="leave each writer out in turn, too")
    parser.add_argument("--quick", action="store_true", help="few rows and rounds, to see it run: to build/benchmarks")
    parser.add_argument("--rounds", type=int, help="7, or 1 with --quick")
    parser.add_argument("--bulk", type=int, metavar="ROWS", help="240,000, or 2,000 with --quick")
    parser.add_argument("--without", nargs="*", default=[], choices=[*PEERS], help="peers to leave out")
    parser.add_argument("--output", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 7)
    options.bulk = options.bulk or (2_000 if options.quick else 240_000)
    options.output = options.output or (process.ROOT / "build" / "benchmarks" if options.quick else HERE)
    return options


if __name__ == "__main__":
    main()
