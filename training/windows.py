"""Texts → what a window of them looks like: read by one model, counted, and which texts have which lemma."""

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from router.classifier import Classifier
from router.drift import Sample
from router.errors import TextError
from router.features import LEMMA
from router.lemmas import lemma
from router.personal import mask
from router.reading import Reading, read
from router.text import normal_form, words
from router.votes import Profile
from training.routing import harmless

AROUND = 60
"""Characters of a text that are shown on either side of a word."""


@dataclass
class Window:
    """The texts of a span of time or of a file. `unread` counts those forgotten or unfit to be classified."""

    name: str
    sample: Sample = field(default_factory=Sample)
    unread: int = 0
    unknown: set[str] = field(default_factory=set[str])
    examples: dict[str, str] = field(default_factory=dict[str, str])

    def unknown_lemmas(self, most: int, least: int) -> list[tuple[str, int]]:
        """The lemmas that the model has never met, of at least so many texts, the most frequent first."""
        counts = self.sample.lemmas or Counter()
        frequent = [(found, counts[found]) for found in self.unknown if counts[found] >= least]
        return sorted(frequent, key=lambda item: (-item[1], item[0]))[:most]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is counted of a text: its likeliest category and that one's confidence, and so on; and the text, masked."""

    category: str
    confidence: float
    decision: str
    profile: Profile
    lemmas: frozenset[str]
    masked: str


def window(name: str, texts: Iterable[str | None], classifier: Classifier) -> Window:
    """Read texts with a model. What is kept of them, masked, is an example for each lemma."""
    known = frozenset(feature for feature in classifier.model.table.features if feature.startswith(LEMMA))
    return gathered(name, (see(text, classifier) for text in texts), known)


def see(text: str | None, classifier: Classifier) -> Seen | None:
    """What is counted of a text, None where it cannot be classified."""
    try:
        answer = classifier.classify(text)
    except TextError:
        return None
    masked = mask(answer.text)
    reading = answer.reading if masked == answer.text else read(answer.votes, masked)[0]
    lemmas = frozenset(lemmas_of(reading))
    return Seen(*answer.suggestions[0], answer.decision.kind, answer.profile, lemmas, masked)


def gathered(name: str, seen: Iterable[Seen | None], known: Set[str]) -> Window:
    """A window of texts; `known` holds the features of the lemmas that the model has met."""
    found = Window(name)
    found.sample.add_lemmas(())
    for each in seen:
        if each is None:
            found.unread += 1
            continue
        found.sample.add(each.category, each.confidence, each.decision, each.profile)
        found.sample.add_lemmas(each.lemmas)
        for base in each.lemmas:
            if LEMMA + base not in known:
                found.unknown.add(base)
            found.examples.setdefault(base, each.masked)
    return found


def lemmas_of(reading: Reading) -> set[str]:
    """The distinct lemmas of a text as it was read, of words that begin with a letter."""
    forms = {normal_form(word) for word in words(reading.text)}
    return {lemma(form) for form in forms if form[:1].isalpha()}


def example(text: str, wanted: str) -> str:
    """A masked text around the first word of a lemma, in one line that steers no terminal."""
    plain = " ".join(text.split())
    places = (place for place, word in _words(plain) if lemma(normal_form(word.lower())) == wanted)
    middle = next(places, 0)
    start, end = max(0, middle - AROUND), middle + AROUND
    return ("…" if start else "") + harmless(plain[start:end]) + ("…" if end < len(plain) else "")


def _words(plain: str) -> Iterable[tuple[int, str]]:
    place = 0
    for word in plain.split(" "):
        bare = word.strip("«»\"'.,!?:;()…—-")
        if bare:
            yield place + word.find(bare), bare
        place += len(word) + 1
