"""`Classifier.load().classify(text)`: the one thing everyone calls."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from router import artefact, evidence, policy
from router.decision import Decision, decide, probabilities
from router.evidence import Evidence
from router.policy import Case, Policy
from router.settings import Settings
from router.text import MAX_DISTINCT_WORDS, require_text, words
from router.urgency import Risk, RiskFinder, priority
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
    policy: Policy = field(default=Policy(), repr=False, compare=False)
    risks: tuple[Risk, ...] = ()
    secondary: str | None = None

    @property
    def category(self) -> str | None:
        """The chosen category, None where a person must choose."""
        return None if self.decision.kind == "triage" else self.suggestions[0][0]

    @property
    def queue(self) -> str:
        """The queue that the complaint goes to."""
        return self.policy.queue(self.category)

    @property
    def priority(self) -> str:
        """That of the most pressing risk: `normal`, `high` or `urgent`."""
        return priority(self.risks) if self.risks else "normal"

    @property
    def respond_within_hours(self) -> int:
        """Hours to answer in, by the policy's clock."""
        return self.policy.hours(Case(self.decision.kind, self.secondary, self.risks))

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
            "risks": [risk.as_json() for risk in self.risks],
            "language": "unknown" if self.decision.reason == "not_russian" else "ru",
            "model": self.model,
        }
        return answer | {"evidence": [item.as_json() for item in self.evidence]} if explain else answer


class Classifier:
    """A loaded model. Safe to share between threads."""

    def __init__(self, model: artefact.Artefact, policy: Policy | None = None) -> None:
        self.model = model
        self.policy = policy or Policy()
        self.votes = Votes(model.table)
        self.risks = RiskFinder()

    @classmethod
    def load(cls, model_id: str | None = None, models: Path | None = None, rules: Policy | None = None) -> Self:
        """Open a model by its id, the current shipped one by default; `ArtefactError` if it cannot be trusted.

        `rules` are those of the setting `policy` by default; `DataError` if that file does not fit.
        """
        settings = Settings()
        return cls(artefact.load(models or settings.models, model_id), rules or policy.load(settings.policy))

    def classify(self, text: object) -> Classification:
        """Classify one text, a string of 1 to 20,000 characters; `TextError` says what is wrong with anything else."""
        sound = require_text(text)
        distinct = words(sound)
        values, profile = self.votes.score_words(distinct)
        risks = self.risks.find(sound, distinct)
        ranked = sorted(zip(self.votes.categories, probabilities(values), strict=True), key=_confidence, reverse=True)
        decision = self.policy.reviewed(decide(*ranked[0], profile, self.model.thresholds), risks)
        suggestions = tuple(ranked)
        return Classification(sound, decision, suggestions, profile, self.model.id, self.votes, self.policy, risks)


def _confidence(suggestion: tuple[str, float]) -> float:
    return suggestion[1]
