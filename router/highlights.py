"""A text cut at the places where something is to be seen: voted words, risks, a second issue's clause. Pure.

No markup is made here; a template shows each piece, and escapes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from router.classifier import Classification
from router.evidence import Evidence
from router.urgency import Risk

STEPS = 10
"""Degrees of strength; there is a class for each in the stylesheet, for inline styles are not allowed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the text. `strength` is 1 to `STEPS` where a word voted for `category`, else 0."""

    text: str
    category: str | None = None
    strength: int = 0
    vote: float = 0.0
    risk: str | None = None
    second: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """A word's vote, as the table of figures shows it."""

    text: str
    category: str
    vote: float
    strength: int


def pieces(answer: Classification) -> list[Piece]:
    """All of the text, in order: the pieces' texts, joined, are the text."""
    words = {item.start: item for item in answer.evidence}
    strongest = max((item.vote for item in answer.evidence), default=0.0)
    cuts = {0, len(answer.text), *_ends(answer.evidence), *_ends(answer.risks), *(answer.secondary_span or ())}
    return [_piece(answer, words, strongest, start, end) for start, end in pairwise(sorted(cuts))]


def voices(answer: Classification, most: int = 40) -> list[Voice]:
    """The strongest votes, the strongest first."""
    found = sorted(answer.evidence, key=lambda item: -item.vote)[:most]
    strongest = found[0].vote if found else 0.0
    return [Voice(item.text, item.category, item.vote, strength(item.vote, strongest)) for item in found if item.vote]


def strength(vote: float, strongest: float) -> int:
    """A vote's degree, 0 for one too weak to be shown."""
    return round(STEPS * vote / strongest) if strongest else 0


def _ends(spans: Iterable[Evidence | Risk]) -> Iterable[int]:
    for span in spans:
        yield from (span.start, span.end)


def _piece(answer: Classification, words: dict[int, Evidence], strongest: float, start: int, end: int) -> Piece:
    word = _covering(words, start)
    return Piece(
        text=answer.text[start:end],
        category=word.category if word else None,
        strength=strength(word.vote, strongest) if word else 0,
        vote=word.vote if word else 0.0,
        risk=_risk(answer.risks, start),
        second=answer.secondary_span is not None and answer.secondary_span[0] <= start < answer.secondary_span[1],
    )


def _covering(words: dict[int, Evidence], place: int, longest: int = 64) -> Evidence | None:
    for start in range(place, max(-1, place - longest), -1):
        if start in words:
            return words[start] if words[start].end > place else None
    return None


def _risk(risks: Sequence[Risk], place: int) -> str | None:
    return next((risk.kind for risk in risks if risk.start <= place < risk.end), None)
