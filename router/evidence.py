"""Why a text was scored as it was: its words' votes at their places. They add up to the difference of scores."""

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from router.reading import Reading
from router.text import MAX_DISTINCT_WORDS, Token, clause_tokens, tokens
from router.votes import Votes

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
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
        fields = asdict(self)
        fields["for"] = fields.pop("category")
        return fields


def gather(votes: Votes, text: str, reading: Reading, winner: int, runner_up: int) -> list[Evidence]:
    """Evidence for category number `winner` and against `runner_up`, in the order of the text.

    The votes of `for` the winner less those for the runner-up, plus the difference of the two intercepts, are the
    difference of the two scores.
    """
    first: dict[str, Token] = {}
    for token in tokens(reading.text):
        first.setdefault(token.word, token)
    scored = list(first.values())[:MAX_DISTINCT_WORDS]
    scale = 1 / ((1 << 30) * sqrt(len(scored) or 1))
    found = []
    for token in scored:
        fields = votes.fields(token.word)
        vote = (fields[winner] - fields[runner_up]) * scale
        side = votes.categories[winner if vote >= 0 else runner_up]
        start, end = reading.origin(token.start, token.end)
        found.append(Evidence(start, end, text[start:end], abs(vote), side))
    return found


def clause_span(reading: Reading, number: int) -> Span:
    """Where clause `number` stands in the text as sent, from its first word to its last."""
    clause = list(clause_tokens(reading.text))[number]
    return reading.origin(clause[0].start, clause[-1].end)
