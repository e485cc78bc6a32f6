"""Answers are written to the byte as Flask writes their objects."""

from dataclasses import replace
from pathlib import Path

import pytest

from router import Classifier
from router.web.answer import REMEMBERED_FRAMES, Answers
from training import corpus

ROOT = Path(__file__).parent.parent
ODD = ["ok", "hello, where is my money", "ne mogu vyvesti dengi s vashego sajta", "ytn ltytu yf cxtne", "100 % верните"]


@pytest.fixture
def answers(client) -> Answers:
    return Answers(client.application)


def texts() -> list[str]:
    return [row.text for row in corpus.read(ROOT / "data")[::40]] + ODD


@pytest.mark.parametrize("explain", [False, True])
def test_every_kind_of_answer_is_the_same(answers, client, classifier, explain: bool) -> None:
    dumps = client.application.json.dumps
    kinds = set()
    for text in texts():
        found = classifier.classify(text)
        expected = f"{dumps(found.as_json(explain), separators=(',', ':'))}\n".encode()
        assert [answers.written(found, explain), answers.written(found, explain)] == [expected] * 2
        kinds |= {found.decision.kind, found.decision.reason, found.reading.language, found.reading.undone}
        kinds |= {bool(found.risks), found.secondary is not None}
    assert {"auto", "suggest", "triage", "ambiguous", "not_russian", "translit", "layout", True, False} <= kinds


def test_another_policy_gives_another_answer(answers, classifier) -> None:
    policy = classifier.policy
    renamed = replace(policy, categories=tuple(replace(one, queue=f"{one.queue}-2") for one in policy.categories))
    other = Classifier(classifier.model, renamed)
    text = "Третий день не могу вывести деньги"
    assert b'"queue":"payments"' in answers.written(classifier.classify(text))
    assert b'"queue":"payments-2"' in answers.written(other.classify(text))
    assert b'"queue":"payments"' in answers.written(classifier.classify(text))


def test_frames_are_forgotten_when_there_are_too_many(answers, classifier) -> None:
    found = classifier.classify("Третий день не могу вывести деньги")
    written = {answers.written(replace(found, model=f"m{number}")) for number in range(REMEMBERED_FRAMES + 10)}
    assert len(written) == REMEMBERED_FRAMES + 10
    assert len(answers._frames) == 10
