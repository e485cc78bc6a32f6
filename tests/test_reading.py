"""How texts are read: other languages, Latin letters, the wrong keyboard layout."""

import pytest

from router import Classifier
from router.reading import undo_layout, undo_translit

FOREIGN = [
    ("My withdrawal has been pending for a week and nobody answers", "en"),
    ("I cannot log in, the code does not come", "en"),
    ("Не можу вивести гроші, підтримка мовчить уже третій день", "uk"),
    ("Чому мені не зараховують виграш, коли буде відповідь", "uk"),
    ("Не магу зайсці ў кабінет, падтрымка не адказвае", "be"),
    ("Грошы не прыйшлі, чаму няма адказу", "be"),
    ("Ақшаны шығара алмаймын, қолдау қызметі жауап бермейді", "kk"),
    ("Неге менің шотым бұғатталған, жауап жоқ", "kk"),
    ("Пулимни ечиб ололмаяпман, ҳеч ким жавоб бермаяпти", "uz"),
    ("Pulimni yechib olmayapman, hech kim javob bermayapti", "uz"),
    ("ფულს ვერ ვიტან, პასუხს არავინ მცემს", "ka"),
    ("ანგარიში დაბლოკილია", "ka"),
    ("Wo ist mein Geld geblieben, warum antwortet niemand", "unknown"),
    ("Не могу вывести my money, support не відповідає, чому гроші не йдуть", "uk"),
]

TRANSLIT = [
    ("ne mogu vyvesti dengi", "financial"),
    ("kod iz sms ne prihodit, ne mogu voyti v akkaunt", "technical"),
    ("operator hamit i ne otvechaet na voprosy", "service"),
    ("posle obnovleniya prilozhenie vyletaet", "software"),
    ("Verni moi dengi, tretiy den zhdu vyplatu", "financial"),
]

LAYOUT = [
    ("yt ghb[jlbn rjl", "technical"),
    ("yt vjue dsdtcnb ltymub", "financial"),
    ("gjckt j,yjdktybz ghbkj;tybt dsktnftn", "software"),
    ("jgthfnjh [fvbn b ,hjcftn nhe,re", "service"),
    ("Yt Vjue Djqnb d frrfeyn", "technical"),
]

RUSSIAN = [
    "не могу войти в аккаунт через google",
    "apple pay не работает, оплата не проходит, error 500",
    "Не могу вывести деньги на карту, ось икс тут ни при чём, мен сен",
    "1xbet winline деньги не выводят",
]


@pytest.mark.parametrize(("text", "language"), FOREIGN)
def test_other_languages_go_to_triage_and_are_named(classifier: Classifier, text: str, language: str) -> None:
    answer = classifier.classify(text)
    assert (answer.decision.kind, answer.decision.reason) == ("triage", "not_russian")
    assert answer.reading.language == language
    assert answer.reading.undone is None


@pytest.mark.parametrize("text", RUSSIAN)
def test_russian_with_foreign_words_is_russian(classifier: Classifier, text: str) -> None:
    answer = classifier.classify(text)
    assert (answer.reading.language, answer.reading.undone) == ("ru", None)
    assert answer.decision.reason != "not_russian"


@pytest.mark.parametrize(
    ("text", "category", "undone"),
    [*((text, category, "translit") for text, category in TRANSLIT), *((*row, "layout") for row in LAYOUT)],
)
def test_russian_in_other_letters_is_read_as_such(
    classifier: Classifier, text: str, category: str, undone: str
) -> None:
    answer = classifier.classify(text)
    assert answer.reading.undone == undone
    assert answer.suggestions[0][0] == category
    assert answer.as_json()["read_as"] == undone
    assert answer.as_json()["language"] == "ru"


@pytest.mark.parametrize("text", [text for text, _ in (*TRANSLIT, *LAYOUT)])
def test_evidence_points_into_the_text_as_sent(classifier: Classifier, text: str) -> None:
    for item in classifier.classify(text).evidence:
        assert text[item.start : item.end] == item.text
        assert 0 <= item.start < item.end <= len(text)


@pytest.mark.parametrize(
    ("latin", "russian"),
    [
        ("dengi", "деньги"),
        ("schet", "счет"),
        ("moy", "мой"),
        ("kartu", "карту"),
        ("zhdu", "жду"),
        ("yavlyaetsya", "является"),
        ("bolshoy", "большой"),
        ("vyigrysh", "выигрыш"),
        ("oshibka", "ошибка"),
    ],
)
def test_undo_translit(latin: str, russian: str) -> None:
    assert undo_translit(latin) == russian


@pytest.mark.parametrize(
    ("keys", "russian"), [("ghb[jlbn", "приходит"), ("rjl.", "код."), ("ltymub,", "деньги,"), (",jyec", "бонус")]
)
def test_undo_layout(keys: str, russian: str) -> None:
    assert undo_layout(keys) == russian


def test_a_text_whose_length_changes_when_lower_cased_is_left_alone(classifier: Classifier) -> None:
    answer = classifier.classify("İ ne mogu vyvesti dengi")
    assert (answer.reading.undone, answer.decision.reason) == (None, "not_russian")
    assert classifier.classify("İ не можу вивести гроші, чому немає відповіді").reading.language == "uk"
