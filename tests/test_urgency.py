"""Risks: every phrase finds its example, at its place, unless it is denied, and costs next to nothing elsewhere."""

import pytest

from router.lemmas import forms
from router.reading import Reading
from router.risks import BY_KEY, KINDS, PHRASES, Phrase
from router.urgency import RiskFinder, priority
from tests.scaling import MOST, scaling

FINDER = RiskFinder()


def risks(text: str, finder: RiskFinder = FINDER):
    return finder.find(text, Reading(text))


def kinds(text: str) -> set[str]:
    return {risk.kind for risk in risks(text)}


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.pattern[:40])
def test_every_phrase_finds_its_example(phrase: Phrase) -> None:
    assert phrase.kind in BY_KEY
    found = [risk for risk in risks(phrase.example) if risk.kind == phrase.kind]
    assert found
    assert all(phrase.example[risk.start : risk.end] == risk.text for risk in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ПОКОНЧУ С СОБОЙ", "self_harm"),
        ("жить больше не хочется", "self_harm"),
        ("если не вернёте деньги подам в суд", "court"),
        ("обратился в суд не получив ответа", "court"),
        ("не могу не обратиться в суд", "court"),
        ("подам в cуд", "court"),  # Latin c
        ("в прокуратуууру пойду", "court"),
        ("жалоба уйдёт в ЦБ РФ", "central_bank"),
        ("аккаунт мой взломан", "fraud"),
        ("просил самоисключения, а вы шлёте бонусы", "gambling_harm"),
        ("проиграла пенсию и квартиру", "gambling_harm"),
        ("напишу во все СМИ", "press"),
        ("иначе Роспотребнадзор", "regulator"),
    ],
)
def test_a_risk_is_found_in_any_form_and_order(text: str, expected: str) -> None:
    assert kinds(text) == {expected}


@pytest.mark.parametrize(
    "text",
    [
        "Третий день не могу вывести деньги",
        "я не буду подавать в суд",
        "в суд подавать не буду",
        "в суд я не пойду",
        "не собираюсь обращаться в ваш суд",
        "хотелось бы решить без суда",
        "аккаунт не взломали, я сам забыл пароль",
        "я не лудоман",
        "не хочу умереть от скуки",
        "по курсу ЦБ вышло бы меньше",
        "курс выше ставки центробанка",
        "Верховный суд уже всё разъяснил",
        "сумма меняется в зависимости от ставки",
        "приложение повесилось",
        "оператор повесил трубку",
        "мошенники, не могу вывести деньги",  # abuse of the operator, not a report of a fraud
        "ссуду погасил, судно ушло",
        "регулятор громкости не работает",
        "роскомнадзор заблокировал сайт",
        "экспресс не рассчитали",
        "живу рядом с офисом",
        "ставка проиграла",
    ],
)
def test_what_only_looks_like_a_risk_is_none(text: str) -> None:
    assert kinds(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("не хочу идти в суд, но придётся", marks=pytest.mark.xfail(reason="«но» turns the denial round")),
        pytest.param("повеситься можно от ваших ответов", marks=pytest.mark.xfail(reason="a saying, read as harmless")),
        pytest.param("взламали акаунт", marks=pytest.mark.xfail(reason="misspelt words are no forms of a lemma")),
    ],
)
def test_known_limits(text: str) -> None:
    assert kinds(text)


def test_places_are_those_of_the_text_as_sent() -> None:
    text = "İİ! Подам на вас\u00a0в СУД, а ещё в ЦБ."
    assert [(risk.kind, risk.text) for risk in risks(text)] == [
        ("court", "Подам на вас\u00a0в СУД"),
        ("central_bank", "в ЦБ"),
    ]
    assert all(text[risk.start : risk.end] == risk.text for risk in risks(text))


def test_a_risk_in_latin_letters_is_found_at_its_place(classifier) -> None:
    text = "Ne mogu vyvesti dengi, podam v sud"
    (risk,) = classifier.classify(text).risks
    assert (risk.kind, risk.text) == ("court", "podam v sud")
    assert text[risk.start : risk.end] == risk.text


def test_parts_of_a_phrase_must_stand_in_one_sentence() -> None:
    assert kinds("Взломали дверь. Аккаунт работает") == set()


def test_a_threat_at_the_end_of_a_long_text_is_found() -> None:
    long = " ".join(f"слово{chr(0x430 + n % 32)}{chr(0x430 + n // 32)}" for n in range(900))
    assert kinds(f"{long}. Подам в суд!") == {"court"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("не могу войти", "normal"),
        ("подам в суд", "high"),
        ("подам в суд, меня взломали, я лудоман", "urgent"),
    ],
)
def test_the_most_pressing_risk_sets_the_priority(text: str, expected: str) -> None:
    assert priority(risks(text)) == expected


def test_kinds_are_distinct() -> None:
    assert len(BY_KEY) == len(KINDS)


@pytest.mark.parametrize(
    ("lemma", "form"), [("суд", "судом"), ("счет", "счетов"), ("взломать", "взломан"), ("лудоман", "лудоману")]
)
def test_forms_of_a_lemma(lemma: str, form: str) -> None:
    assert form in forms(lemma)


def test_words_are_forgotten_when_too_many_are_remembered(monkeypatch) -> None:
    monkeypatch.setattr("router.urgency.REMEMBERED_WORDS", 2)
    finder = RiskFinder()
    assert [bool(risks(text, finder)) for text in ("раз два три", "подам в суд", "ещё слова")] == [0, 1, 0]
    assert len(finder) <= 2


@pytest.mark.parametrize(
    "text",
    [
        "суд " * 5_000,
        "не суд " * 2_857,
        "жить." * 4_000,
        "суд, " + "не подам в " * 1_800,
        "суд, " * 4_000,
        "ф " * 10_000,
    ],
    ids=lambda text: text[:9],
)
def test_time_grows_with_20_000_characters_of_anything_no_faster_than_they(text: str) -> None:
    def find(text: str) -> None:
        FINDER.clear()
        risks(text)

    assert scaling(find, text) < MOST
