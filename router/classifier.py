"""`Classifier.load().classify(text)`: the one thing everyone calls."""

from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

from router import artefact, evidence, policy
from router.decision import Decision, Ranked, decide, probabilities
from router.evidence import Evidence, Span
from router.issues import Issue, Issues
from router.policy import Case, Policy, Rules
from router.reading import Reading, read
from router.settings import Settings
from router.text import require_text
from router.urgency import Risk, RiskFinder, priority
from router.votes import Profile, Score, Votes

_confidence = itemgetter(1)


@dataclass(frozen=True)
class Classification:
    """What the router says of one text. `suggestions` are (category, confidence), best first; confidences sum to 1.

    `none` is the logit of being no complaint at all; `reading` tells how the text was read: its language, and what was
    undone of Latin letters or of a wrong keyboard layout; `issues` are looked for when one asks.
    """

    text: str = field(repr=False)
    decision: Decision
    suggestions: Ranked
    none: float
    profile: Profile
    reading: Reading = field(repr=False)
    model: str
    issues: Issues = field(repr=False, compare=False)
    policy: Policy = field(default=Policy(), repr=False, compare=False)
    risks: tuple[Risk, ...] = ()

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
        return self.policy.hours(Case(self.decision.kind, self.secondary_category, self.risks, self.category))

    @property
    def votes(self) -> Votes:
        """What scored the text."""
        return self.issues.votes

    @property
    def secondary(self) -> Issue | None:
        """The clearest issue for another team."""
        return self.issues.secondary

    @property
    def secondary_category(self) -> str | None:
        """The category of the secondary issue."""
        return self.secondary.category if self.secondary else None

    @property
    def confidence(self) -> float:
        """The calibrated probability of the likeliest category."""
        return self.suggestions[0][1]

    @cached_property
    def evidence(self) -> list[Evidence]:
        """The votes of the words for the likeliest category and against the next, at their places."""
        winner, runner_up = (self.votes.categories.index(category) for category, _ in self.suggestions[:2])
        return evidence.gather(self.votes, self.text, self.reading, self.issues.clauses, winner, runner_up)

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
            "secondary": self.secondary_category,
            "priority": self.priority,
            "respond_within_hours": self.respond_within_hours,
            "risks": [risk.as_json() for risk in self.risks],
            "language": self.reading.language,
            "read_as": self.reading.undone,
            "model": self.model,
        }
        return answer | self._explanation() if explain else answer

    def _repr_html_(self) -> str:
        from router.notebook import of_classification  # for notebooks only

        return of_classification(self)

    def _explanation(self) -> dict[str, Any]:
        place = None
        if self.secondary and self.secondary_span:
            start, end = self.secondary_span
            place = {"confidence": round(self.secondary.confidence, 6), "start": start, "end": end}
        return {"secondary_at": place, "evidence": [item.as_json() for item in self.evidence]}


class Classifier:
    """A loaded model. Safe to share between threads.

    `policy` is that of `rules`, an operator's file, over the model's own categories, unless it is given.
    """

    def __init__(self, model: artefact.Artefact, policy: Policy | None = None, rules: Rules | None = None) -> None:
        self.model = model
        self.rules = rules or Rules()
        self.policy = policy or self.rules.on(model.taxonomy)
        self.risks = RiskFinder()
        self.votes = Votes(model.table, marks=self.risks.marks, known=model.known)

    @classmethod
    def load(cls, model_id: str | None = None, models: Path | None = None, rules: Rules | None = None) -> Self:
        """Open a model by its id, the current shipped one by default; `ArtefactError` if it cannot be trusted.

        `rules` are those of the setting `policy` by default; `DataError` if that file does not fit.
        """
        settings = Settings()
        found = policy.rules(settings.policy) if rules is None else rules
        return cls(artefact.load(models or settings.models, model_id), rules=found)

    def _repr_html_(self) -> str:
        from router.notebook import of_classifier  # for notebooks only

        return of_classifier(self)

    def classify(self, text: object) -> Classification:
        """Classify one text, a string of 1 to 20,000 characters; `TextError` says what is wrong with anything else."""
        sound = require_text(text)
        reading, score = read(self.votes, sound)
        scored = zip(self.votes.categories, probabilities(score.values), strict=True)
        ranked = sorted(scored, key=_confidence, reverse=True)
        issues = Issues(self.votes, score.clauses, self.votes.categories.index(ranked[0][0]))
        risks = self._risks(sound, reading, score) if score.may_be_marked else ()
        decision = decide(ranked, score.none, score.profile, self.model.thresholds, issues.are_several)
        return Classification(
            text=sound,
            decision=self.policy.reviewed(decision, risks),
            suggestions=ranked,
            none=score.none,
            profile=score.profile,
            reading=reading,
            model=self.model.id,
            issues=issues,
            policy=self.policy,
            risks=risks,
        )

    def _risks(self, text: str, reading: Reading, score: Score) -> tuple[Risk, ...]:
        return self.risks.find(text, reading, None if score.is_cut else self.votes.marked(score.clauses))
