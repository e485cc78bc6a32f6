"""How often `complaint-training drift` raises a false alarm, and which drifts it finds: by simulation.

python -m benchmarks.drift                  # 1,000 looks where nothing has drifted, 100 for each planted drift

Both windows of a look are drawn at random, without replacement, from the corpus's complaints, so that nothing has
drifted; then one window is changed on purpose. The windows are those of the command, and so are the tests.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from router import Classifier
from router.drift import Sample
from training import corpus
from training.calibrate import interval
from training.corpus import Row
from training.drift import ALPHA, compare
from training.windows import Seen, gathered, see

DATA = Path(__file__).parent.parent / "data" / "complaints.jsonl"
See = Callable[[str], Seen | None]
Change = Callable[[list[Row], Sequence[Row], random.Random], list[Row]]


@dataclass(frozen=True)
class Rate:
    """Of so many looks, in how many there was an alarm, and for which statistics."""

    looks: int
    alarms: int
    statistics: dict[str, int]

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the rate (Clopper and Pearson 1934)."""
        return interval(self.alarms, self.looks)

    def __str__(self) -> str:
        low, high = self.interval
        named = ", ".join(f"{name} {count}" for name, count in sorted(self.statistics.items()) if count)
        return f"{self.alarms} of {self.looks} ({low:.3f} to {high:.3f})" + (f": {named}" if named else "")


def unchanged(rows: list[Row], _all: Sequence[Row], _chance: random.Random) -> list[Row]:
    """Nothing drifts."""
    return rows


def outage(rows: list[Row], everything: Sequence[Row], chance: random.Random) -> list[Row]:
    """One complaint in ten is replaced by a technical one."""
    technical = [row for row in everything if row.label == "technical"]
    return _replaced(rows, 0.1, chance, lambda row: chance.choice(technical))


def slang(rows: list[Row], _all: Sequence[Row], chance: random.Random) -> list[Row]:
    """Three complaints in a hundred have a word that nobody has seen, and are the same otherwise."""
    return _replaced(rows, 0.03, chance, lambda row: _with_text(row, f"{row.text} Это всё квизкоины."))  # quiz coins


def misspelt(rows: list[Row], _all: Sequence[Row], chance: random.Random) -> list[Row]:
    """One complaint in ten has a word that is cut and joined to nothing known."""
    letters = "бвгджзклмнпрст"
    return _replaced(
        rows, 0.1, chance, lambda row: _with_text(row, f"{row.text} {''.join(chance.choices(letters, k=7))}")
    )


def halved(rows: list[Row], _all: Sequence[Row], chance: random.Random) -> list[Row]:
    """One complaint in five is cut to its first half, as by a form with a limit."""
    return _replaced(rows, 0.2, chance, lambda row: _with_text(row, row.text[: max(20, len(row.text) // 2)]))


def vague(rows: list[Row], everything: Sequence[Row], chance: random.Random) -> list[Row]:
    """One complaint in ten is replaced by one that is no complaint a team can place."""
    none = [row for row in everything if row.label == "none"]
    return _replaced(rows, 0.1, chance, lambda row: chance.choice(none))


PLANTED: tuple[Change, ...] = (outage, slang, misspelt, halved, vague)


def looks(seen: See, rows: Sequence[Row], sizes: tuple[int, int], count: int, change: Change, seed: int = 0) -> Rate:
    """Look `count` times at a window of `sizes[0]` complaints, with a reference of `sizes[1]` others.

    `seen` reads a text, and had better remember it.
    """
    chance = random.Random(seed)

    def sample(of: Sequence[Row]) -> Sample:
        return gathered("", (seen(row.text) for row in of), frozenset()).sample

    alarms, statistics = 0, dict[str, int]()
    for look in range(count):
        drawn = chance.sample(rows, sum(sizes))
        now = sample(change(drawn[: sizes[0]], rows, chance))
        findings = compare(now, sample(drawn[sizes[0] :]), ALPHA, seed=seed + look)
        alarms += any(finding.drifted for finding in findings)
        for finding in findings:
            statistics[finding.statistic] = statistics.get(finding.statistic, 0) + finding.drifted
    return Rate(count, alarms, statistics)


def _replaced(rows: list[Row], part: float, chance: random.Random, by: Callable[[Row], Row]) -> list[Row]:
    return [by(row) if chance.random() < part else row for row in rows]


def _with_text(row: Row, text: str) -> Row:
    return Row(row.id, text, row.label)


def main() -> None:
    """Print the rates for windows of two sizes, then what of each planted drift is found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drift", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--looks", type=int, default=1_000)
    parser.add_argument("--planted", type=int, default=100, metavar="LOOKS")
    options = parser.parse_args()
    seen, rows = cache(partial(see, classifier=Classifier.load())), corpus.read(DATA)
    for sizes in ((200, 200), (1_000, 3_000)):
        found = looks(seen, rows, sizes, options.looks, unchanged)
        print(f"no drift, {sizes[0]} against {sizes[1]}: {found}", flush=True)
    for change in PLANTED:
        for sizes in ((300, 1_000), (1_000, 3_000)):
            found = looks(seen, rows, sizes, options.planted, change)
            print(f"{change.__name__}, {sizes[0]} against {sizes[1]}: {found}", flush=True)


if __name__ == "__main__":
    main()
