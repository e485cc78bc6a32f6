"""The dialogue of `feedback review`: a card, a key, a decision."""

from typing import TextIO

import click

from router.categories import NONE
from router.classifier import Classifier
from training.commands.figures import console
from training.feedback.book import Row
from training.feedback.card import SIGNS, card, keys
from training.feedback.review import Docket

KEEP, DROP, SKIP, QUIT = "kdsq"
RUSSIAN = str.maketrans("лвый", "kdsq")
"""The same keys on the Russian layout."""


def settle_all(docket: Docket, classifier: Classifier, answers: TextIO) -> None:
    """Show every row that waits and do what is answered, until there is none or whoever answers quits."""
    categories = classifier.votes.categories
    labels = dict(zip(SIGNS, categories, strict=False)) | {"0": NONE}
    settled = 0
    for row in docket.waiting():
        console.print(card(row, classifier.classify(row["text"])))
        console.print(keys(categories))
        key = _key(answers, {*labels, KEEP, DROP, SKIP, QUIT})
        if key == QUIT:
            break
        if key != SKIP:
            settled += _settle(docket, row, key, labels)
    console.print(f"{settled} settled, {docket.left()} left")


def _settle(docket: Docket, row: Row, key: str, labels: dict[str, str]) -> bool:
    if key == KEEP:
        done = docket.keep(row)
    elif key == DROP:
        done = docket.drop(row)
    else:
        done = docket.change(row, labels[key])
    if not done:
        console.print(f"{row['number']} has changed meanwhile; it comes again the next time")
    return done


def _key(answers: TextIO, allowed: set[str]) -> str:
    """The next key that is one of those allowed; the end of the input quits."""
    while True:
        line = click.getchar() if answers.isatty() else answers.readline()
        key = line.strip().lower().translate(RUSSIAN) if line else QUIT
        if key in allowed:
            return key
        console.print(f"expected one of {', '.join(sorted(allowed))}")
