"""Disturbances do what they say, the same way each time."""

import random

import pytest

from tests.conftest import ROOT
from training import corpus
from training.robustness import DISTURBANCES, disturbed, robustness

TEXT = "Ещё вчера пополнил счёт, деньги не пришли! Верните."


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("without ё", "Еще вчера пополнил счет, деньги не пришли! Верните."),
        ("capitals", "ЕЩЁ ВЧЕРА ПОПОЛНИЛ СЧЁТ, ДЕНЬГИ НЕ ПРИШЛИ! ВЕРНИТЕ."),
        ("without punctuation", "Ещё вчера пополнил счёт  деньги не пришли  Верните "),
        ("translit", "esche vchera popolnil schet, dengi ne prishli! vernite."),
        ("wrong layout", "to` dxthf gjgjkybk cx`n, ltymub yt ghbikb! dthybnt."),
    ],
)
def test_fixed_disturbances(name: str, expected: str) -> None:
    assert DISTURBANCES[name](TEXT, random.Random(0)) == expected


@pytest.mark.parametrize("name", ["typos", "run together", "look-alike letters", "emoji", "repeated letters"])
def test_random_disturbances_change_the_text_and_repeat_with_the_seed(name: str) -> None:
    row = corpus.row("a:1", {"text": TEXT * 5, "label": "financial"})
    first, again, other = (disturbed([row], DISTURBANCES[name], seed)[0].text for seed in (1, 1, 2))
    assert first == again
    assert first != row.text
    assert other != first


def test_own_complaints_survive_every_disturbance(classifier) -> None:
    """In-sample and so not a figure to quote: it catches a disturbance that breaks the reading of texts."""
    rows = [row for row in corpus.read(ROOT / "data" / "complaints.jsonl") if row.label != "none"][::40]
    found = robustness(classifier, rows)
    assert min(found.values()) > found["plain"] - 0.12
