"""Faults of a corpus: schema, duplicates and near-duplicates, personal data, and counts by group."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from router.categories import KEYS
from router.errors import DataError
from router.text import forms
from training.corpus import CHANNELS, FIELDS, KINDS, Row, data_files, records, require_object, row

OF_CSV = ("text", "label")
"""What a CSV file must have; a table of one's own need not know our fields."""
NEAR = 0.8
"""Two texts whose sets of word pairs overlap by this much (Jaccard) are near-duplicates."""
_SHORT = 4  # texts of fewer words are compared whole only: short phrases overlap by nature
_COMMON = 300  # of a pair that more texts have, only the first ones are looked at

PERSONAL = {
    "e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[a-zа-я]{2,}", re.IGNORECASE),
    "phone number": re.compile(r"(?<!\d)(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)"),
    "card number": re.compile(r"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}(?!\d)"),
    "long number": re.compile(r"(?<!\d)\d{9,}(?!\d)"),
    "address of a page": re.compile(r"https?://|www\.", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at `FILE:LINE`."""

    place: str
    detail: str


def check(path: Path, against: Sequence[Row] = (), categories: Sequence[str] = KEYS) -> tuple[list[Row], list[Fault]]:
    """Read a corpus as far as it can be read; returns its rows and all faults found."""
    rows: list[Row] = []
    faults: list[Fault] = []
    for file in data_files(path):
        expected = OF_CSV if file.suffix == ".csv" else FIELDS
        for place, value in records(file):
            try:
                rows.append(row(place, require_object(value), categories))
            except DataError as error:
                faults.append(Fault(place, error.detail.removeprefix(f"{place}: ")))
            if not isinstance(value, DataError):
                faults += [Fault(place, detail) for detail in _schema(value, expected)]
    return rows, [*faults, *_repeated_ids(rows), *_personal(rows), *duplicates(rows, against)]


def counts(rows: Sequence[Row]) -> dict[str, Counter[str]]:
    """How many rows there are by category and kind, industry, channel and author."""
    return {
        "label and kind": Counter(f"{item.label} {item.kind}" for item in rows),
        "industry": Counter(item.industry for item in rows),
        "channel": Counter(item.channel or "none" for item in rows),
        "author": Counter(item.author for item in rows),
    }


def duplicates(rows: Sequence[Row], against: Sequence[Row] = ()) -> Iterator[Fault]:
    """Rows that repeat an earlier one, or one of `against`, to the letter or nearly."""
    index = Shingles()
    for item in against:
        index.add(item)
    for item in rows:
        if found := index.similar(item):
            yield Fault(item.place, found)
        index.add(item)


class Shingles:
    """Texts by their pairs of neighbouring words, to find those that share most of them."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, ...], str] = {}
        self._texts: list[tuple[str, frozenset[tuple[str, str]]]] = []
        self._places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)

    def add(self, item: Row) -> None:
        """Remember a text."""
        forms = _forms(item)
        self._whole.setdefault(forms, item.place)
        if len(forms) >= _SHORT:
            pairs = frozenset(pairwise(forms))
            for pair in pairs:
                self._places[pair].append(len(self._texts))
            self._texts.append((item.place, pairs))

    def similar(self, item: Row) -> str | None:
        """What text the item repeats, in words, or None."""
        found = next(self._matches(item), None)
        return f"{found[0]} of {found[1]}" if found else None

    def neighbours(self, item: Row) -> list[str]:
        """The places of texts that the item repeats, to the letter or nearly; of very many only some."""
        return list(dict.fromkeys(place for _, place in self._matches(item)))

    def _matches(self, item: Row) -> Iterator[tuple[str, str]]:
        forms = _forms(item)
        if forms in self._whole:
            yield "duplicate", self._whole[forms]
        if len(forms) < _SHORT:
            return
        pairs = frozenset(pairwise(forms))
        for place, others in map(self._texts.__getitem__, self._candidates(pairs)):
            if len(pairs & others) >= NEAR * len(pairs | others):
                yield "near-duplicate", place

    def _candidates(self, pairs: Iterable[tuple[str, str]]) -> list[int]:
        shared = Counter(text for pair in pairs for text in self._places.get(pair, ())[:_COMMON])
        return [text for text, _ in shared.most_common(5)]


def _forms(item: Row) -> tuple[str, ...]:
    return tuple(form for form in forms(item.text) if form[:1].isalnum())


def _schema(value: Mapping[str, Any], expected: Sequence[str]) -> Iterator[str]:
    if missing := [name for name in expected if name not in value]:
        yield f"lacks {', '.join(missing)}; expected the fields {', '.join(expected)}"
    if unknown := [name for name in value if name not in FIELDS]:
        yield f"has unknown fields {', '.join(unknown)}; expected {', '.join(FIELDS)}"
    if value.get("kind") not in KINDS:
        yield f"kind must be one of {', '.join(KINDS)}, got {value.get('kind')!r}"
    if value.get("channel") not in (None, *CHANNELS):
        yield f"channel must be null or one of {', '.join(CHANNELS)}, got {value.get('channel')!r}"
    if value.get("secondary") is not None and value.get("secondary") == value.get("label"):
        yield f"secondary must differ from the label {value.get('label')!r}"


def _repeated_ids(rows: Iterable[Row]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for item in rows:
        if item.id in seen:
            yield Fault(item.place, f"id {item.id!r} is already that of {seen[item.id]}")
        seen.setdefault(item.id, item.place)


def _personal(rows: Iterable[Row]) -> Iterator[Fault]:
    for item in rows:
        for name, pattern in PERSONAL.items():
            if pattern.search(item.text):
                yield Fault(item.place, f"has what looks like personal data: {name}")
