"""Why a text was scored as it was: its words' votes at their places. They add up to the difference of scores."""

from functools import partial
from itertools import chain
from math import sqrt
from typing import Any, NamedTuple

from router.ballots import ONE, Clauses
from router.reading import Reading
from router.text import clause_tokens, first_spans, stand_in_order
from router.votes import Votes

Span = tuple[int, int]


class Evidence(NamedTuple):
    """A word at its first place in the text as sent (offsets in code points), and the side that it votes for.

    `vote` is what the word adds to the distance between the winner and the runner-up: positive, `for` the one it helps.
    """

    start: int
    end: int
    text: str
    vote: float
    category: str

    def as_json(self) -> dict[str, Any]:
        """The object of the API, whose key for the category is `for`."""
        return {"start": self.start, "end": self.end, "text": self.text, "vote": self.vote, "for": self.category}


def gather(votes: Votes, text: str, reading: Reading, clauses: Clauses, winner: int, runner_up: int) -> list[Evidence]:
    """Evidence for category number `winner` and against `runner_up`, in the order of the text.

    The votes of `for` the winner less those for the runner-up, plus the difference of the two intercepts, are the
    difference of the two scores.
    """
    sides = votes.categories[winner], votes.categories[runner_up]
    if votes.speedups and reading.places is None and stand_in_order(text, lowered := text.lower()):
        numbers = len(votes.categories) + 1, winner, runner_up
        told: list[Evidence] = votes.speedups.gather(Evidence, text, lowered, clauses, *numbers, sides)
        return told
    first = first_spans(reading.text, ((ballot.word, ballot) for ballot in chain.from_iterable(clauses)))
    spans = first.values() if reading.places is None else [reading.origin(*span) for span in first.values()]
    leads = votes.leads(list(first), winner, runner_up)
    scale = 1 / (ONE * sqrt(len(first) or 1))
    found = [
        (start, end, text[start:end], abs(lead) * scale, sides[lead < 0])
        for (start, end), lead in zip(spans, leads, strict=True)
    ]
    return list(map(_evidence, found))


_evidence = partial(tuple.__new__, Evidence)  # calling the class would take three times as long


def clause_span(reading: Reading, number: int) -> Span:
    """Where clause `number` stands in the text as sent, from its first word to its last."""
    [(_, clause)] = clause_tokens(reading.text, {number})
    return reading.origin(clause[0].start, clause[-1].end)
