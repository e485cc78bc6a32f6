"""As many complaints as are wanted, made by recombining the clauses of ours: seeded, one at a time."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from training.corpus import Row
from training.typos import typos

CLAUSE = re.compile(r"(?<=[.!?…,;:])\s+|\s*\n\s*")
SEED = 7
SLIPS = 10
"""One text of so many has slips."""


def complaints(rows: Sequence[Row], seed: int = SEED) -> Iterator[str]:
    """Complaints without end: each as long as one of ours, of clauses of any, every tenth with slips of the finger.

    The slips matter: without them the millionth text would hold no word that the first thousands had not. They make
    about one word of a hundred a new one.
    """
    made = recombined([row for row in rows if row.kind == "complaint"], seed)
    chance = random.Random(seed)
    return (row.text if number % SLIPS else typos(row.text, chance) for number, row in enumerate(made))


def recombined(rows: Sequence[Row], seed: int = SEED) -> Iterator[Row]:
    """Rows without end, with the kinds and labels of `rows`: each made of clauses of the same kind and label."""
    chance = random.Random(seed)
    clauses: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        clauses[row.kind, row.label] += [_ended(part) for part in CLAUSE.split(row.text) if part]
    while True:
        pattern = chance.choice(rows)
        yield replace(pattern, text=_text(clauses[pattern.kind, pattern.label], len(pattern.text), chance))


def _ended(clause: str) -> str:
    return clause if clause[-1] in ".!?…,;:" else f"{clause}."


def _text(clauses: Sequence[str], length: int, chance: random.Random) -> str:
    parts, left = [chance.choice(clauses)], length
    while (left := left - len(parts[-1]) - 1) > 0:
        parts.append(chance.choice(clauses))
    return " ".join(parts)
