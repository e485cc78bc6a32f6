"""The routing diff: which complaints change queue, or who decides, when model B takes the place of model A."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from router.categories import NONE
from router.classifier import Classification, Classifier
from router.personal import mask

WORDS = 8
"""How many of the words that voted are shown, the strongest first."""
RIGHT, WRONG, LEFT, UNKNOWN = "right", "wrong", "triage", "unlabelled"


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint to be routed; `label` is None where nobody has said what it is."""

    id: str
    text: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a model says of a text, and the words by which it does."""

    category: str | None
    queue: str
    decision: str
    reason: str | None
    confidence: float
    words: tuple[tuple[str, float, str], ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values; `words` are objects as the API's evidence has them."""
        named = {name: getattr(self, name) for name in ("category", "queue", "decision", "reason")}
        words = [{"text": text, "vote": round(vote, 4), "for": side} for text, vote, side in self.words]
        return named | {"confidence": round(self.confidence, 6), "words": words}


@dataclass(frozen=True, slots=True)
class Change:
    """A complaint that two models route differently. `text` is masked, and `outcome` says what that does: (A, B)."""

    id: str
    text: str
    label: str | None
    a: Said
    b: Said
    outcome: tuple[str, str]

    @property
    def group(self) -> tuple[str, str]:
        """Where it leaves and where it goes: queues, and who decides where that is all that changes."""
        if self.a.queue != self.b.queue:
            return self.a.queue, self.b.queue
        return f"{self.a.queue}, {self.a.decision}", f"{self.b.queue}, {self.b.decision}"

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"id": self.id, "label": self.label, "outcome": list(self.outcome), "text": self.text} | {
            "a": self.a.as_json(),
            "b": self.b.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one way, by what they do: to what is right already, to what is wrong."""

    leaves: str
    goes: str
    changes: Sequence[Change]

    @property
    def outcomes(self) -> dict[str, int]:
        """How many changes there are of each outcome, the most frequent first."""
        counted = Counter(" → ".join(change.outcome) for change in self.changes if UNKNOWN not in change.outcome)
        return dict(counted.most_common())

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        changes = [change.as_json() for change in self.changes]
        return {"from": self.leaves, "to": self.goes, "count": len(changes), "outcomes": self.outcomes} | {
            "changes": changes
        }


def differs(a: Classification, b: Classification) -> bool:
    """Whether a complaint goes to another queue, or another one decides: the router, an agent, a person who places."""
    return (a.queue, a.decision.kind) != (b.queue, b.decision.kind)


def grouped(changes: Iterable[Change]) -> list[Group]:
    """The changes by where they leave and go: changes of queue first, the greatest groups first."""
    ways: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        ways.setdefault(change.group, []).append(change)
    found = [Group(leaves, goes, members) for (leaves, goes), members in ways.items()]
    return sorted(found, key=lambda group: ("," in group.leaves, -len(group.changes), group.leaves, group.goes))


def change(case: Case, a: Classification, b: Classification, models: tuple[Classifier, Classifier]) -> Change:
    """A change as people see it. The words are those of the masked text, so that no personal data is among them."""
    text = mask(case.text)
    said = [_said(answer, model.classify(text)) for answer, model in zip((a, b), models, strict=True)]
    outcomes = outcome(case.label, a), outcome(case.label, b)
    return Change(case.id, harmless(text), case.label, said[0], said[1], outcomes)


def outcome(label: str | None, answer: Classification) -> str:
    """Whether it is routed right or wrong, or left to a person, which is right for what is `none`."""
    if label is None:
        return UNKNOWN
    if answer.category is None:
        return RIGHT if label == NONE else LEFT
    return RIGHT if answer.category == label else WRONG


def harmless(text: str) -> str:
    """A text without the control characters that a terminal or a browser would obey."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cf", "Cs") else sign for sign in text)


def _said(answer: Classification, masked: Classification) -> Said:
    strongest = sorted(masked.evidence, key=lambda item: -item.vote)[:WORDS]
    words = tuple((harmless(item.text), item.vote, item.category) for item in strongest)
    decision = answer.decision
    return Said(answer.category, answer.queue, decision.kind, decision.reason, answer.confidence, words)
