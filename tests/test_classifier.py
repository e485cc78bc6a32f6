"""One text in, one classification out."""

import pytest

from router import Classifier, InputError, TextError
from router.categories import KEYS

GOLDEN = [
    ("Третий день не могу вывести деньги, заявка висит в обработке", "financial"),
    ("Ставка рассчитана неверно, матч закончился 2:1, а засчитали ничью", "financial"),
    ("Не могу войти в аккаунт, код из смс не приходит", "technical"),
    ("Сайт лежит с утра, зеркало тоже не открывается", "technical"),
    ("Оператор в чате нахамил и бросил трубку, никто ничего не объясняет", "service"),
    ("Пишу в поддержку неделю, отвечают одними отписками по шаблону", "service"),
    ("После обновления приложение вылетает, кнопка купона не нажимается", "software"),
    ("Верните старый интерфейс, в новом ничего не найти, шрифт мелкий", "software"),
]
"""Complaints that no model of ours may get wrong."""


@pytest.mark.parametrize(("text", "category"), GOLDEN)
def test_golden_complaints(classifier: Classifier, text: str, category: str) -> None:
    answer = classifier.classify(text)
    assert answer.suggestions[0][0] == category
    assert answer.category == category


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("деньги", "too_short"),
        ("!!! ???", "too_short"),
        ("My account has been blocked and support does not answer", "not_russian"),
    ],
)
def test_what_cannot_be_placed_goes_to_triage_with_its_reason(classifier: Classifier, text: str, reason: str) -> None:
    answer = classifier.classify(text)
    assert (answer.category, answer.queue, answer.decision.kind) == (None, "triage", "triage")
    assert answer.decision.reason == reason
    assert len(answer.suggestions) == len(KEYS)


def test_the_api_object_has_the_fields_of_the_contract(classifier: Classifier) -> None:
    answer = classifier.classify("не могу вывести деньги").as_json(explain=True)
    assert {"category", "queue", "decision", "reason", "confidence", "suggestions", "secondary", "priority"} <= set(
        answer
    )
    assert {"respond_within_hours", "language", "evidence", "model"} <= set(answer)
    assert sum(item["confidence"] for item in answer["suggestions"]) == pytest.approx(1, abs=1e-5)
    assert set(answer["evidence"][0]) == {"start", "end", "text", "vote", "for"}
    assert "evidence" not in classifier.classify("не могу вывести деньги").as_json()


def test_the_answer_does_not_depend_on_what_was_classified_before(classifier: Classifier) -> None:
    text = "деньги не вывести, приложуха глючит"
    before = classifier.classify(text).suggestions
    for other, _ in GOLDEN:
        classifier.classify(other)
    classifier.votes.clear()
    assert classifier.classify(text).suggestions == before


def test_errors_can_be_caught_as_the_clients_mistake(classifier: Classifier) -> None:
    with pytest.raises(InputError):
        classifier.classify("")
    with pytest.raises(TextError, match="must be a string, got list"):
        classifier.classify(["не могу войти"])
