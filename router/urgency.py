"""Finds the risks of a text (`router.risks`) at their places, and says how pressing they are. Pure.

Nearly every text holds no risk, so the phrases are turned round: all forms of the marked words are laid into one
dictionary, and a text costs one look-up a distinct word. No word is analysed, whatever the text: hostile input costs
no more than other input. Only around a marked word are neighbours, the sentence and negation looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import dropwhile
from typing import Any

from router.lemmas import forms
from router.reading import Reading
from router.risks import BY_KEY, PHRASES, PRIORITIES, Phrase, Priority
from router.text import LONG_WORD, NEGATIONS, Token, clause_tokens, clauses, normal_form, split_negation

REMEMBERED_WORDS = 1 << 16
MAX_PLACES = 50
"""Marked words that are looked at in one text; what follows more of them than this is not searched."""
GAP = 4
"""Words that may stand between two parts of a phrase."""
NEAR = 12
"""Words on either side of a marked one that are looked at."""

SELF = frozenset({"я", "мы"})  # I, we
# Words that a «не» reaches through: «не собираюсь подавать в суд» (I am not going to go to court).
ACTS = (
    "быть|собираться|хотеть|планировать|намереваться|намеренный|думать|стать|подавать|подать|обращаться|обратиться|идти"
    "|пойти|писать|написать|жаловаться|угрожать|пугать|доходить|дойти|доводить|довести|в|во|до|на|с|через|ваш|этот|никакой"
)

Slot = frozenset[str]
Part = tuple[Slot, ...]
Span = tuple[str, int, int]  # kind, start, end


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk of a `kind` of `router.risks` at its place in the text as sent (offsets in code points)."""

    kind: str
    start: int
    end: int
    text: str

    def as_json(self) -> dict[str, Any]:
        """The object of the API."""
        return {"kind": self.kind, "start": self.start, "end": self.end, "text": self.text}


@dataclass(frozen=True, slots=True)
class Rule:
    """A phrase ready for use. `part` holds the marked word, as its word number `offset`; `others` are the rest."""

    kind: str
    part: Part
    offset: int
    others: tuple[Part, ...]
    unless: Slot

    def has_words(self, present: AbstractSet[str]) -> bool:
        """Whether a word for every slot is among these."""
        return not any(slot.isdisjoint(present) for part in (self.part, *self.others) for slot in part)


class RiskFinder(dict[str, tuple[Rule, ...]]):
    """Word → the rules that it marks (hardly ever any), worked out when the word is first met and remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.marks = compiled()

    def __missing__(self, word: str) -> tuple[Rule, ...]:
        rules = self.marks.get(normal_form(word), ())
        if len(self) >= REMEMBERED_WORDS:
            self.clear()
        if len(word) < LONG_WORD:
            self[word] = rules
        return rules

    def find(self, text: str, reading: Reading, words: Mapping[int, Sequence[str]] | None = None) -> tuple[Risk, ...]:
        """The risks of `text`, in its order, given how it was read: all of it, for threats tend to come last.

        `words` are those of its clauses that have a marked one, by their numbers, where they are known already.
        """
        if words is None:
            words = dict(enumerate(clauses(reading.text)))
        numbers = {number for number, clause in words.items() if self._may_hold(clause)}
        if not numbers:
            return ()
        spans = [(kind, *reading.origin(start, end)) for kind, start, end in self._look_closer(reading, numbers)]
        return tuple(Risk(kind, start, end, text[start:end]) for kind, start, end in without_overlaps(spans))

    def _may_hold(self, clause: Sequence[str]) -> bool:
        """Whether a clause has all words of a rule, wherever they stand: told before any place is looked for."""
        marked = [rules for rules in map(self.__getitem__, clause) if rules]
        if not marked:
            return False
        present = {*map(normal_form, clause), *(split_negation(word)[0] for word in clause if not word.isalnum())}
        return any(rule.has_words(present) for rules in marked for rule in rules)

    def _look_closer(self, reading: Reading, marked: set[int]) -> list[Span]:
        found: list[Span] = []
        for sentence, place in self._marked_places(reading, marked):
            first = max(0, place - NEAR)
            near = sentence[first : place + NEAR + 1]
            words = [normal_form(token.word) for token in near]
            for rule in self[near[place - first].word]:
                places = match(rule, words, place - first)
                if places and not negated(words, places, commas(near, reading.text)):
                    found.append((rule.kind, near[min(places)].start, near[max(places)].end))
        return found

    def _marked_places(self, reading: Reading, marked: set[int]) -> Iterator[tuple[list[Token], int]]:
        left = MAX_PLACES
        for _, clause in clause_tokens(reading.text, marked):
            sentence = [part for token in clause for part in apart(token)]
            for place, token in enumerate(sentence):
                if self[token.word]:
                    if not left:
                        return
                    left -= 1
                    yield sentence, place


def priority(risks: Sequence[Risk]) -> Priority:
    """The priority of the most pressing of the risks."""
    return max((BY_KEY[risk.kind].priority for risk in risks), key=PRIORITIES.index, default="normal")


def apart(token: Token) -> list[Token]:
    """A token as one word, or as two where it has a negation.

    >>> apart(Token("не подам", 3, 11))
    [Token(word='не', start=3, end=5), Token(word='подам', start=6, end=11)]
    """
    negation, rest = split_negation(token.word)
    if not negation:
        return [token]
    middle = token.start + len(token.word) - len(rest)
    return [Token(negation, token.start, token.start + len(negation)), Token(rest, middle, token.end)]


def match(rule: Rule, words: Sequence[str], place: int) -> set[int]:
    """Numbers of the words that a phrase takes up around the marked word `words[place]`; none if it is not met."""
    start = place - rule.offset
    if not _stands(rule.part, words, start):
        return set()
    places = set(range(start, start + len(rule.part)))
    for part in rule.others:
        found = _nearest(part, words, places)
        if not found:
            return set()
        places.update(found)
    return set() if _harmless(rule, words, places) else places


def _stands(part: Part, words: Sequence[str], start: int) -> bool:
    if start < 0 or start + len(part) > len(words):
        return False
    return all(words[start + offset] in slot for offset, slot in enumerate(part))


def _nearest(part: Part, words: Sequence[str], places: set[int]) -> range:
    """Where a part stands within `GAP` words of the places found so far; an empty range where it does not."""
    low, high = min(places), max(places)
    for distance in range(1, GAP + 2):
        for start in (high + distance, low - distance - len(part) + 1):
            if _stands(part, words, start):
                return range(start, start + len(part))
    between = (range(start, start + len(part)) for start in range(low + 1, high))
    return next((found for found in between if places.isdisjoint(found) and _stands(part, words, found[0])), range(0))


def _harmless(rule: Rule, words: Sequence[str], places: set[int]) -> bool:
    close = words[max(0, min(places) - 3) : max(places) + 2]
    return not rule.unless.isdisjoint(close)


def commas(near: Sequence[Token], text: str) -> set[int]:
    """Numbers of the words that a comma stands before."""
    return {n for n in range(1, len(near)) if "," in text[near[n - 1].end : near[n].start]}


def negated(words: Sequence[str], places: set[int], after_comma: set[int]) -> bool:
    """Whether a phrase at these places is denied: «не подам в суд», «в суд подавать не буду», «не хочу идти в суд»."""
    before = {n - 1 for n in places if n not in after_comma}
    before.add(_reached_backwards(words, min(places), after_comma))
    denials = (n for n in before - places if n >= 0 and words[n] in NEGATIONS)
    return any(not _doubled(words, n) for n in denials) or _denied_after(words, max(places) + 1, after_comma)


def _reached_backwards(words: Sequence[str], place: int, after_comma: set[int]) -> int:
    """The number of the first word before `place` that is no mere act, within the same clause; -1 if there is none."""
    while place and place not in after_comma and words[place - 1] in acts():
        place -= 1
    return -1 if place in after_comma else place - 1


def _doubled(words: Sequence[str], place: int) -> bool:
    """«не могу не …» (cannot but) is no negation."""
    return place > 1 and words[place - 1] in slot_of("мочь") and words[place - 2] == "не"


def _denied_after(words: Sequence[str], place: int, after_comma: set[int]) -> bool:
    end = next((n for n in range(place, len(words)) if n in after_comma), len(words))
    clause = list(dropwhile(lambda word: word in SELF or word in acts(), words[place:end]))
    return len(clause) > 1 and clause[0] == "не" and all(word in acts() for word in clause[1:3])


def without_overlaps(found: list[Span]) -> list[Span]:
    """Spans in the order of the text; of two of one kind that overlap, their union."""
    merged: list[Span] = []
    for kind, start, end in sorted(found):
        if merged and merged[-1][0] == kind and start < merged[-1][2]:
            merged[-1] = (kind, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((kind, start, end))
    return sorted(merged, key=lambda span: span[1:])


@cache
def compiled() -> dict[str, tuple[Rule, ...]]:
    """Form → the rules whose marked word it is."""
    marked: dict[str, tuple[Rule, ...]] = {}
    for rule in map(rule_of, PHRASES):
        for form in rule.part[rule.offset]:
            marked[form] = (*marked.get(form, ()), rule)
    return marked


def rule_of(phrase: Phrase) -> Rule:
    """Read a phrase's pattern (see `router.risks`)."""
    parts = [part.split() for part in phrase.pattern.split("…")]
    stars = [(p, n) for p, part in enumerate(parts) for n, slot in enumerate(part) if "*" in slot]
    which, offset = stars[0] if stars else (0, 0)
    part, *others = (tuple(map(slot_of, slots)) for slots in (parts[which], *parts[:which], *parts[which + 1 :]))
    return Rule(phrase.kind, part, offset, tuple(others), slot_of(phrase.unless))


@cache
def slot_of(slot: str) -> Slot:
    """The forms of a slot such as `иск|=суд`."""
    names = [name for name in slot.replace("*", "").split("|") if name]
    return frozenset().union(*({name[1:]} if name[0] == "=" else forms(name) for name in names))


def acts() -> Slot:
    """All forms of `ACTS`."""
    return slot_of(ACTS)
