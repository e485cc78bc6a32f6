"""`Classifier.load().classify(text)`: the one thing everyone calls."""

from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

from router import artefact, evidence, issues
from router.categories import BY_KEY, TRIAGE
from router.decision import Decision, Ranked, decide, probabilities
from router.evidence import Evidence, Span
from router.issues import Issue
from router.reading import Reading, read
from router.settings import Settings
from router.text import require_text
from router.votes import Profile, Votes

_confidence = itemgetter(1)


@dataclass(frozen=True)
class Classification:
    """What the router says of one text. `suggestions` are (category, confidence), best first; confidences sum to 1.

    `none` is the logit of being no complaint at all; `secondary` the clearest issue for another team; `reading` tells
    how the text was read: its language, and what was undone of Latin letters or of a wrong keyboard layout.
    """

    text: str = field(repr=False)
    decision: Decision
    suggestions: Ranked
    secondary: Issue | None
    none: float
    profile: Profile
    reading: Reading = field(repr=False)
    model: str
    votes: Votes = field(repr=False, compare=False)
    priority: str = "normal"

    @property
    def category(self) -> str | None:
        """The chosen category, None where a person must choose."""
        return None if self.decision.kind == "triage" else self.suggestions[0][0]

    @property
    def queue(self) -> str:
        """The queue that the complaint goes to."""
        return TRIAGE if self.category is None else BY_KEY[self.category].queue

    @property
    def confidence(self) -> float:
        """The calibrated probability of the likeliest category."""
        return self.suggestions[0][1]

    @property
    def respond_within_hours(self) -> int:
        """24, or 48 where the complaint is not a plain one: not `auto`, or with a secondary issue."""
        return 24 if self.decision.kind == "auto" and self.secondary is None else 48

    @cached_property
    def evidence(self) -> list[Evidence]:
        """The votes of the words for the likeliest category and against the next, at their places."""
        winner, runner_up = (self.votes.categories.index(category) for category, _ in self.suggestions[:2])
        return evidence.gather(self.votes, self.text, self.reading, winner, runner_up)

    @cached_property
    def secondary_span(self) -> Span | None:
        """Where the clause of the secondary issue stands in the text as sent."""
        return None if self.secondary is None else evidence.clause_span(self.reading, self.secondary.clause)

    def as_json(self, explain: bool = False) -> dict[str, Any]:
        """The object of the API; `evidence` is in it where `explain` is true."""
        answer = {
            "category": self.category,
            "queue": self.queue,
            "decision": self.decision.kind,
            "reason": self.decision.reason,
            "between": self.decision.between,
            "confidence": round(self.confidence, 6),
            "suggestions": [{"category": key, "confidence": round(value, 6)} for key, value in self.suggestions],
            "secondary": self.secondary.category if self.secondary else None,
            "priority": self.priority,
            "respond_within_hours": self.respond_within_hours,
            "language": self.reading.language,
            "read_as": self.reading.undone,
            "model": self.model,
        }
        return answer | self._explanation() if explain else answer

    def _explanation(self) -> dict[str, Any]:
        span = self.secondary_span
        place = (
            None
            if span is None or self.secondary is None
            else {
                "confidence": round(self.secondary.confidence, 6),
                "start": span[0],
                "end": span[1],
            }
        )
        return {"secondary_at": place, "evidence": [item.as_json() for item in self.evidence]}


class Classifier:
    """A loaded model. Safe to share between threads."""

    def __init__(self, model: artefact.Artefact) -> None:
        self.model = model
        self.votes = Votes(model.table)

    @classmethod
    def load(cls, model_id: str | None = None, models: Path | None = None) -> Self:
        """Open a model by its id, the current shipped one by default; `ArtefactError` if it cannot be trusted."""
        return cls(artefact.load(models or Settings().models, model_id))

    def classify(self, text: object) -> Classification:
        """Classify one text, a string of 1 to 20,000 characters; `TextError` says what is wrong with anything else."""
        sound = require_text(text)
        reading, score = read(self.votes, sound)
        ranked = sorted(
            zip(self.votes.categories, probabilities(score.values), strict=True), key=_confidence, reverse=True
        )
        found = issues.clear_issues(self.votes, reading.clauses)
        second = issues.secondary(found, ranked[0][0])
        several = second is not None and any(issue.category == ranked[0][0] for issue in found)
        decision = decide(ranked, score.none, score.profile, self.model.thresholds, several)
        return Classification(
            sound, decision, ranked, second, score.none, score.profile, reading, self.model.id, self.votes
        )
