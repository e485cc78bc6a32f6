"""Slips of the finger: what people do to words, and what the training texts are given copies with."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from training.corpus import Row

LONG_WORD = re.compile(r"[а-яёА-ЯЁ]{4,}")
SEED = 20_261_122


def typos(text: str, chance: random.Random) -> str:
    """A slip in every seventh word of four letters and more: a letter lost, doubled, or two swapped."""
    return LONG_WORD.sub(lambda word: _slip(word.group(), chance) if chance.random() < 1 / 7 else word.group(), text)


def with_copies(rows: Sequence[Row]) -> list[Row]:
    """The rows, and after them a copy of each with slips of the finger; the same rows give the same copies."""
    chance = random.Random(SEED)  # noqa: S311 - reproducible noise, no secret
    return [*rows, *(replace(row, text=typos(row.text, chance)) for row in rows)]


def _slip(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    before, first, second, after = word[:place], word[place], word[place + 1 : place + 2], word[place + 2 :]
    slips = (before + second + after, before + first * 2 + second + after, before + second + first + after)
    return chance.choice(slips)
