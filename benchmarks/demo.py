"""`make demo`: the service with 300 complaints of ours in all states, in a temporary database, to look at the desk.

They are rows of the corpus, which the model has been fitted on: what it says of them here is no measure of it.
"""

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from router import Classifier
from router import complaints as life
from router.server import run
from router.settings import Settings
from router.store import Store
from router.store.labels import to_audit
from router.store.records import Complaint
from training import corpus
from training.corpus import Row

DATA = Path(__file__).parent.parent / "data" / "complaints.jsonl"
AGENTS = ("Анна", "Борис", "Вера")  # agents' names
ANSWERS = (
    "Проверили: исправлено, обновите страницу.",  # checked and mended
    "Выплата отправлена, срок зачисления до трёх дней.",  # the payment was sent
    "Приносим извинения, сотруднику сделано замечание.",  # our apologies
)
CLARIFICATIONS = ("Ничего не изменилось, посмотрите ещё раз.",)  # nothing changed, look again
COMMENTS = ("Спасибо, помогли", "Долго", None)  # thanks; it took long
LONGEST_DAYS = 14
AUDITS = 12
AUDIT_SHARE = 0.5
DECIDED, ANSWERED, CLARIFIED, ACCEPTED, RATED = 0.93, 0.92, 0.08, 0.6, 0.7
"""Shares of complaints that get so far, each of those before."""


class Past:
    """A clock that is moved through the last days."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def fill(url: str, count: int = 300, seed: int = 7, until: datetime | None = None) -> None:
    """Put `count` complaints of the last days into a database, the same for the same seed."""
    until = until or datetime.now(UTC)
    chance = random.Random(seed)
    clock = Past(until)
    classifier = Classifier.load()
    rows = chance.sample([row for row in corpus.read(DATA) if row.kind == "complaint"], count)
    with Store.open(url, clock) as store:
        for number, row in enumerate(rows):
            age = timedelta(days=LONGEST_DAYS) * (1 - number / count) ** 2
            clock.now = until - age
            filing = life.Filing(row.text, row.channel or "form", f"u-{chance.randrange(1000)}")
            made = life.register(store, classifier, filing).complaint
            live(store, classifier, made, row, chance, until)
        clock.now = until
        audit(store, classifier, {row.text: row.label for row in rows}, chance)


def live(
    store: Store, classifier: Classifier, made: Complaint, row: Row, chance: random.Random, until: datetime
) -> None:
    """Let a complaint get as far as chance has it, but not beyond the present."""
    clock = store.clock
    assert isinstance(clock, Past)
    agent = chance.choice(AGENTS)
    act = life.Act(made.id, agent)
    clock.now = min(until, clock.now + timedelta(hours=chance.uniform(0.1, 6)))
    if until - made.registered_at < timedelta(hours=8) or chance.random() > DECIDED:
        return
    keys = classifier.policy.keys
    category = row.label if row.label in keys else chance.choice(keys)
    if made.category is None or category != made.category or chance.random() < 0.5:
        life.categorise(store, act, category, classifier.policy.queue(category))
    for share, step in steps(store, act, chance):
        clock.now = min(until, clock.now + timedelta(hours=chance.uniform(0.5, 30)))
        if chance.random() > share:
            return
        step()


def audit(store: Store, classifier: Classifier, labels: dict[str, str], chance: random.Random) -> None:
    """Let most of the audits be done already."""
    for _ in range(AUDITS):
        if (found := store.read(to_audit, 1)) is None:
            return
        category = labels.get(found.text or "", "")
        if category in classifier.policy.keys:
            act = life.Act(found.id, chance.choice(AGENTS))
            life.categorise(store, act, category, classifier.policy.queue(category), blind=True)


def steps(store: Store, act: life.Act, chance: random.Random) -> Sequence[tuple[float, Callable[[], Complaint]]]:
    """What may happen to a complaint after it was placed, each with its share."""
    if chance.random() < CLARIFIED:
        return (
            (1, lambda: life.answer(store, act, chance.choice(ANSWERS))),
            (1, lambda: life.clarify(store, act, chance.choice(CLARIFICATIONS))),
        )
    return (
        (ANSWERED, lambda: life.answer(store, act, chance.choice(ANSWERS))),
        (ACCEPTED, lambda: life.accept(store, act)),
        (RATED, lambda: life.rate(store, act, chance.choice((1, 2, 3, 4, 4, 5, 5)), chance.choice(COMMENTS))),
    )


def main() -> None:
    """Fill a database and serve it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8000)
    asked = options.parse_args()
    with TemporaryDirectory(prefix="complaint-router-demo-") as folder:
        url = f"sqlite:///{folder}/complaints.sqlite"
        print("filling a temporary database with 300 complaints", file=sys.stderr)
        fill(url)
        print(f"the desk: http://{asked.host}:{asked.port}/desk", file=sys.stderr)
        run(asked.host, asked.port, 1, Settings(database_url=url, audit_share=AUDIT_SHARE))


if __name__ == "__main__":
    main()
