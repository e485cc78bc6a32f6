"""`Classifier.load().classify(text)`: the one thing everyone calls."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from router import artefact, evidence
from router.categories import BY_KEY, TRIAGE
from router.decision import Decision, decide, probabilities
from router.evidence import Evidence
from router.settings import Settings
from router.text import MAX_DISTINCT_WORDS, require_text
from router.votes import Profile, Votes


@dataclass(frozen=True)
class Classification:
    """What the router says of one text. `suggestions` are (category, confidence), best first; confidences sum to 1."""

    text: str = field(repr=False)
    decision: Decision
    suggestions: tuple[tuple[str, float], ...]
    profile: Profile
    model: str
    votes: Votes = field(repr=False, compare=False)
    priority: str = "normal"
    respond_within_hours: int = 48
    secondary: str | None = None

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

    @cached_property
    def evidence(self) -> list[Evidence]:
        """The votes of the words for the likeliest category and against the next, at their places."""
        winner, runner_up = (self.votes.categories.index(category) for category, _ in self.suggestions[:2])
        return evidence.gather(self.votes, self.text, winner, runner_up, MAX_DISTINCT_WORDS)

    def as_json(self, explain: bool = False) -> dict[str, Any]:
        """The object of the API; `evidence` is in it where `explain` is true."""
        answer = {
            "category": self.category,
            "queue": self.queue,
            "decision": self.decision.kind,
            "reason": self.decision.reason,
            "confidence": round(self.confidence, 6),
            "suggestions": [{"category": key, "confidence": round(value, 6)} for key, value in self.suggestions],
            "secondary": self.secondary,
            "priority": self.priority,
            "respond_within_hours": self.respond_within_hours,
            "language": "unknown" if self.decision.reason == "not_russian" else "ru",
            "model": self.model,
        }
        return answer | {"evidence": [item.as_json() for item in self.evidence]} if explain else answer


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
        values, profile = self.votes.score(sound)
        ranked = sorted(zip(self.votes.categories, probabilities(values), strict=True), key=_confidence, reverse=True)
        decision = decide(*ranked[0], profile, self.model.thresholds)
        return Classification(sound, decision, tuple(ranked), profile, self.model.id, self.votes)


def _confidence(suggestion: tuple[str, float]) -> float:
    return suggestion[1]
