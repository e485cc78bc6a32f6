"""What a window of complaints looks like, in counts: what of it the drift of traffic is told by.

The counts are of texts, never of words: words of one text are not independent. Values are counted in bins by their
upper edges, so that a window can be kept, travel in an artefact or be a Prometheus histogram. No text is kept.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from router.errors import DataError
from router.votes import Profile

CONFIDENCE = tuple(percent / 100 for percent in range(1, 101))
UNKNOWN = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0)
LENGTH = (*range(1, 31), *range(35, 61, 5), *range(70, 201, 10))

EDGES: Mapping[str, Sequence[float]] = {"confidence": CONFIDENCE, "unknown": UNKNOWN, "length": LENGTH}
"""The upper edges of what is counted in bins: of the likeliest category's confidence, of the share of words whose lemma
the model has never met, and of the number of distinct words."""
NAMED = ("categories", "decisions")
"""What is counted by name: the likeliest category, and `auto`, `suggest` or `triage`."""
RARE = 2
"""Lemmas that so many texts have, or fewer, are not kept: they may be people's names, and tell nothing."""


def unknown_share(profile: Profile) -> float:
    """The share of a text's words (of those with letters) whose lemma the model has never met, 0 where it has none."""
    return 1 - profile.familiar / profile.lettered if profile.lettered else 0.0


@dataclass
class Sample:
    """A window: of how many texts each statistic has which value.

    `lemmas` counts the texts that have a lemma; it is None where that is not known. `hidden` is how many texts may have
    a lemma that is not counted.
    """

    texts: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    decisions: Counter[str] = field(default_factory=Counter)
    confidence: Counter[float] = field(default_factory=Counter)
    unknown: Counter[float] = field(default_factory=Counter)
    length: Counter[float] = field(default_factory=Counter)
    lemmas: Counter[str] | None = None
    hidden: int = 0

    def add(self, category: str, confidence: float, decision: str, profile: Profile) -> None:
        """Count a text by its likeliest category and that one's confidence."""
        self.texts += 1
        self.categories[category] += 1
        self.decisions[decision] += 1
        self.confidence[binned(CONFIDENCE, confidence)] += 1
        self.unknown[binned(UNKNOWN, unknown_share(profile))] += 1
        self.length[binned(LENGTH, profile.words)] += 1

    def add_lemmas(self, lemmas: Iterable[str]) -> None:
        """Count the distinct lemmas of a text."""
        self.lemmas = self.lemmas if self.lemmas is not None else Counter()
        self.lemmas.update(set(lemmas))

    def as_json(self) -> dict[str, Any]:
        """What `read` reads: the counts that are not 0, in order."""
        found: dict[str, Any] = {"texts": self.texts}
        for name in (*NAMED, *EDGES):
            counts: Counter[Any] = getattr(self, name)
            found[name] = {key if isinstance(key, str) else f"{key:g}": counts[key] for key in sorted(counts)}
        if self.lemmas is not None:
            found["lemmas"] = {lemma: count for lemma, count in sorted(self.lemmas.items()) if count > RARE}
        return found

    @classmethod
    def read(cls, found: object, place: str) -> Self:
        """A window from the object of `as_json`; `DataError` where it is not one."""
        try:
            assert isinstance(found, dict)  # noqa: S101 - told as all other faults below
            sample = cls(int(found["texts"]))
            for name in NAMED:
                setattr(sample, name, _counts(found[name]))
            for name, edges in EDGES.items():
                counts = {float(key): count for key, count in _counts(found[name]).items()}
                setattr(sample, name, Counter(counts))
                if not counts.keys() <= set(edges):
                    raise ValueError(f"{name} has other bins")
            sample.lemmas, sample.hidden = (_counts(found["lemmas"]), RARE) if "lemmas" in found else (None, 0)
        except (AssertionError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(place, f"expected the counts of a window of complaints, {error!r}") from None
        if any(sum(getattr(sample, name).values()) != sample.texts for name in (*NAMED, *EDGES)):
            raise DataError(place, f"expected counts that add up to {sample.texts} texts")
        return sample


def _counts(found: Mapping[str, Any]) -> Counter[str]:
    counts = Counter({str(key): int(count) for key, count in found.items()})
    if min(counts.values(), default=0) < 0:
        raise ValueError("a count below 0")
    return counts


def binned(edges: Sequence[float], value: float) -> float:
    """The least edge that is not below the value; the last one for all beyond."""
    return edges[min(bisect_left(edges, value), len(edges) - 1)]


def cumulated(counts: Mapping[float, int], edges: Sequence[float]) -> list[float]:
    """The share of texts up to each edge; edges between those of `counts` get what lies wholly below them."""
    total = sum(counts.values()) or 1
    return [sum(count for value, count in counts.items() if value <= edge) / total for edge in edges]


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """The greatest difference of two cumulated shares: Kolmogorov's."""
    return max((abs(a - b) for a, b in zip(one, other, strict=True)), default=0.0)


def moved(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The share of texts that would have to change their name to make one like the other: total variation."""
    return sum(abs(share(one, key) - share(other, key)) for key in one.keys() | other.keys()) / 2


def share(counts: Mapping[str, float], key: str) -> float:
    """The share of a name among counts."""
    return counts.get(key, 0) / (sum(counts.values()) or 1)
