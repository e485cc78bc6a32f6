"""Why a text was scored as it was: its words' votes at their places. They add up to the difference of scores."""

from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from router.text import Token, tokens
from router.votes import Votes, unpack


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


def gather(votes: Votes, text: str, winner: int, runner_up: int, limit: int) -> list[Evidence]:
    """Evidence for category number `winner` and against `runner_up`, in the order of the text.

    The votes of `for` the winner less those for the runner-up, plus the difference of the two intercepts, are the
    difference of the two scores. `limit` is the number of distinct words that were read.
    """
    places: dict[str, Token] = {}
    for token in tokens(text):
        places.setdefault(token.word, token)
    read = list(places.values())[:limit]
    scale = 1 / ((1 << 30) * sqrt(len(read) or 1))
    found = []
    for word, start, end in read:
        fields = unpack(votes[word], len(votes.categories))
        vote = (fields[winner] - fields[runner_up]) * scale
        side = votes.categories[winner if vote >= 0 else runner_up]
        found.append(Evidence(start, end, text[start:end], abs(vote), side))
    return found
