"""How much a model loses when texts are written worse: the same rows, disturbed in ten ways."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from router.classifier import Classifier
from router.reading import LAYOUT
from training.corpus import Row, placed
from training.evaluate import macro_f1
from training.typos import LONG_WORD, typos

Disturbance = Callable[[str, random.Random], str]

LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f h c ch sh sch _ y _ e yu ya".replace("_", "").split(" "),
        strict=True,
    )
)
"""How people write Russian in Latin letters: no signs, one letter for several."""
KEYS = {letter: key for key, letter in LAYOUT.items()}
LOOK_ALIKES = dict(zip("аеорсухкмт", "aeopcyxkmt", strict=True))
EMOJI = "😡🤬👎😤💩"


def without_yo(text: str, _: random.Random) -> str:
    """«е» for «ё»."""
    return text.replace("ё", "е").replace("Ё", "Е")


def capitals(text: str, _: random.Random) -> str:
    """CAPITALS THROUGHOUT."""
    return text.upper()


def without_punctuation(text: str, _: random.Random) -> str:
    """Letters, digits and blanks only."""
    return re.sub(r"[^\w\s]", " ", text)


def run_together(text: str, chance: random.Random) -> str:
    """Every tenth blank lost."""
    return re.sub(" ", lambda _: "" if chance.random() < 1 / 10 else " ", text)


def translit(text: str, _: random.Random) -> str:
    """Latin letters."""
    return "".join(LATIN.get(letter, letter) for letter in text.lower())


def wrong_layout(text: str, _: random.Random) -> str:
    """Typed with the English keyboard layout."""
    return "".join(KEYS.get(letter, letter) for letter in text.lower())


def look_alikes(text: str, chance: random.Random) -> str:
    """A third of the letters that have a Latin twin replaced by it."""
    return "".join(LOOK_ALIKES.get(letter, letter) if chance.random() < 1 / 3 else letter for letter in text)


def emoji(text: str, chance: random.Random) -> str:
    """A picture after every eighth word."""
    return re.sub(r"(?<=\w) ", lambda _: f" {chance.choice(EMOJI)} " if chance.random() < 1 / 8 else " ", text)


def repeated_letters(text: str, chance: random.Random) -> str:
    """A vowel drawn out in every tenth word: «приложееение»."""
    return LONG_WORD.sub(lambda word: _drawn(word.group()) if chance.random() < 1 / 10 else word.group(), text)


def _drawn(word: str) -> str:
    return re.sub("([аеиоуыэюя])", r"\1\1\1", word, count=1)


DISTURBANCES: dict[str, Disturbance] = {
    "typos": typos,
    "without ё": without_yo,
    "capitals": capitals,
    "without punctuation": without_punctuation,
    "run together": run_together,
    "translit": translit,
    "wrong layout": wrong_layout,
    "look-alike letters": look_alikes,
    "emoji": emoji,
    "repeated letters": repeated_letters,
}


def disturbed(rows: Sequence[Row], disturbance: Disturbance, seed: int = 0) -> list[Row]:
    """The rows with their texts disturbed; the same seed gives the same texts."""
    chance = random.Random(seed)  # noqa: S311 - reproducible noise, no secret
    return [replace(row, text=disturbance(row.text, chance)) for row in rows]


def robustness(classifier: Classifier, rows: Sequence[Row], repeats: int = 3) -> dict[str, float]:
    """Macro-F1 on the rows as they are (`plain`) and under each disturbance, the mean of `repeats` seeds."""
    known = placed(rows)
    found = {"plain": _macro_f1(classifier, known)}
    for name, change in DISTURBANCES.items():
        values = [_macro_f1(classifier, disturbed(known, change, seed)) for seed in range(repeats)]
        found[name] = sum(values) / repeats
    return found


def _macro_f1(classifier: Classifier, rows: Sequence[Row]) -> float:
    guesses = [classifier.classify(row.text).suggestions[0][0] for row in rows]
    return macro_f1([row.label for row in rows], guesses) or 0.0
