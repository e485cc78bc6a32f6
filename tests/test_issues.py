"""Several issues in one complaint."""

import pytest

from router import Classifier

TWO = [
    (
        "Неделю не приходит вывод на карту, деньги зависли. Приложение после обновления вылетает при открытии истории.",
        {"financial": "Неделю не", "software": "Приложение после"},
    ),
    (
        "Сайт не открывается второй день, сервер недоступен.\nОператор на горячей линии хамит и бросает трубку.",
        {"technical": "Сайт не", "service": "Оператор на"},
    ),
    (
        "С карты дважды списали комиссию и не вернули деньги. Не могу войти в аккаунт, код из смс не приходит.",
        {"financial": "С карты", "technical": "Не могу"},
    ),
]


@pytest.mark.parametrize(("text", "beginnings"), TWO)
def test_the_second_issue_is_found_with_its_place(classifier: Classifier, text: str, beginnings: dict) -> None:
    answer = classifier.classify(text)
    assert {answer.suggestions[0][0], answer.secondary.category} == set(beginnings)
    start, end = answer.secondary_span
    assert text[start:end].startswith(beginnings[answer.secondary.category])
    assert answer.respond_within_hours == 48
    explained = answer.as_json(explain=True)
    assert explained["secondary"] == answer.secondary.category
    assert explained["secondary_at"] == {
        "confidence": round(answer.secondary.confidence, 6),
        "start": start,
        "end": end,
    }


def test_two_clear_issues_that_are_not_auto_say_so(classifier: Classifier) -> None:
    reasons = {classifier.classify(text).decision.reason for text, _ in TWO}
    assert reasons <= {"several_issues", None}
    assert "several_issues" in reasons


@pytest.mark.parametrize(
    "text",
    [
        "не могу вывести деньги",
        "Не могу вывести деньги. Вывод висит неделю.",
        "Деньги?! Где?! Когда?!",
    ],
)
def test_one_issue_has_no_secondary(classifier: Classifier, text: str) -> None:
    assert classifier.classify(text).secondary is None
