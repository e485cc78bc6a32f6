"""Why a text was scored as it was: its words' votes at their places. They add up to the difference of scores."""

from math import sqrt
from typing import Any, NamedTuple

from router.reading import Reading
from router.text import MAX_DISTINCT_WORDS, Token, clause_tokens, tokens
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


def gather(votes: Votes, text: str, reading: Reading, winner: int, runner_up: int) -> list[Evidence]:
    """Evidence for category number `winner` and against `runner_up`, in the order of the text.

    The votes of `for` the winner less those for the runner-up, plus the difference of the two intercepts, are the
    difference of the two scores.
    """
    first: dict[str, Token] = {}
    for token in tokens(reading.text):
        first.setdefault(token[0], token)
    scored = list(first.values())[:MAX_DISTINCT_WORDS]
    scale = 1 / ((1 << 30) * sqrt(len(scored) or 1))
    found = []
    for word, begin, stop in scored:
        fields = votes.fields(word)
        vote = (fields[winner] - fields[runner_up]) * scale
        side = votes.categories[winner if vote >= 0 else runner_up]
        start, end = reading.origin(begin, stop)
        found.append(Evidence(start, end, text[start:end], abs(vote), side))
    return found


def clause_span(reading: Reading, number: int) -> Span:
    """Where clause `number` stands in the text as sent, from its first word to its last."""
    [(_, clause)] = clause_tokens(reading.text, {number})
    return reading.origin(clause[0].start, clause[-1].end)
