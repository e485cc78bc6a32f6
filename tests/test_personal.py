"""Masking: what is personal, what only looks like it, and time that no input can stretch."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from router.personal import KINDS, Kind, card, mask
from router.text import PLACEHOLDERS, words
from tests.scaling import MOST, scaling


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.example)
def test_every_kind_masks_its_example(kind: Kind) -> None:
    assert mask(f"вот {kind.example}, и всё").endswith(f"[{kind.placeholder}], и всё")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("с карты 4111111111111111 списали", "с карты [карта] списали"),
        ("карта 4111 1111 1111 1111 123", "карта [карта] 123"),
        ("карта4111\u00a01111\u00a01111\u00a01111", "карта[карта]"),
        ("мир 2200 - 7007 - 1234 - 5676", "мир [карта]"),
        ("6799 9901 0000 0000 019", "[карта]"),
        ("позвоните +79161234567", "позвоните [телефон]"),
        ("тел.89161234567,срочно", "тел.[телефон],срочно"),
        ("8(916)123-45-67", "[телефон]"),
        ("8-916-123-4567 или 8 916 123 45 67", "[телефон] или [телефон]"),
        ("+7 916 123.45.67", "[телефон]"),
        ("+375 29 123-45-67 Минск", "[телефон] Минск"),
        ("мой 9161234567", "мой [телефон]"),
        ("8 (495) 123-45-67", "[телефон]"),
        ("пишите: ivan@mail.ru.", "пишите: [почта]."),
        ("почта иван@пример.рф", "почта [почта]"),
        ("a_b-c+d@mail.co.uk", "[почта]"),
        ("паспорт 4509123456", "паспорт [паспорт]"),
        ("Паспорт: серия 45 09, номер 123456", "Паспорт: серия [паспорт]"),
        ("паспорт гражданина РФ 4509 № 123456 выдан", "паспорт гражданина РФ [паспорт] выдан"),
        ("45 09 123456", "[паспорт]"),
        ("ИНН 500100732259", "ИНН [инн]"),
        ("инн: 7707083893", "инн: [инн]"),
        ("снилс 112-233-445 95", "снилс [снилс]"),
        ("на IBAN DE89 3704 0044 0532 0130 00 EUR", "на IBAN [счёт] EUR"),
        ("GB29NWBK60161331926819", "[счёт]"),
        ("р/с 40817 810 0 9991 0004312", "р/с [счёт]"),
        ("usdt TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t trc20", "usdt [кошелёк] trc20"),
        ("на3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "на[кошелёк]"),
        (
            "Карта 4111 1111 1111 1111, тел 8 916 123-45-67, почта a@b.ru",
            "Карта [карта], тел [телефон], почта [почта]",
        ),
    ],
)
def test_personal_data_is_masked(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Списали 1 500 000,00 ₽ и ещё 25000 руб",
        "перевёл 89 000 000 000 рублей",
        "сумма 4500 123456 руб",
        "с 2024 150000 рублей должны",
        "12.05.2024 в 14:35:20",
        "2024-11-22T10:04:24Z",
        "с 01.01.2023 по 31.12.2023",
        "заказ № 4512345678",
        "заявка №89161234567",
        "ставка 123456789012",  # no check digits of an INN
        "номер пари 1234567890",
        "пари 7707083894",
        "операция 4111111111111112",  # not by Luhn
        "штрихкод 4606272027453",
        "1234 5678 9012 3456",
        "карта *1234, 4111 **** **** 1111",
        "СНИЛС 112-233-445 96",
        "коэффициент 1.85, счёт 3:2, матч 10-12",
        "@bank_help, почта@, a@b",
        "GB29 NWBK 6016 1331 9268 18",
        "AB12 ТЕКСТ",
        "bcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "https://example.org/a?b=1",
        "[карта] [телефон] [почта] [паспорт] [инн] [снилс] [счёт] [кошелёк]",
        "паспорт [паспорт] 4 раза",
        "работаете 24/7, звонил 8 800 раз",
        "1700000000 и 1700000000000",
        "Ещё 8 123 456 руб 15 коп",
    ],
)
def test_what_only_looks_personal_is_kept(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_a_placeholder_is_one_word_of_the_model(placeholder: str) -> None:
    assert placeholder in {kind.placeholder for kind in KINDS}
    assert words(f"[{placeholder}]") == [f"[{placeholder}]"]


@given(st.from_regex(r"[2-6][0-9]{15}", fullmatch=True))
def test_cards_are_told_by_the_formula_of_python_stdnum(number: str) -> None:
    assert bool(card(number)) == luhn.is_valid(number)


PIECES = st.sampled_from(
    [
        *(kind.example for kind in KINDS),
        *"0123456789",
        *" +-()[].,@№#aяTE",
        "паспорт",
        "инн",
        "снилс",
        "8916",
        "@a.ru",
        "aa",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


HOSTILE = [
    *("1 ", "4", "1a", "T", "(", "[", "[карта]", "a@", "a.", "a@b.c1.", "паспорт", "инн ", "AAAA ", "1-", "EQa-", "0x"),
    *(
        "4111 ",
        "4111 - ",
        "4111 1111 1111 1112 ",
        "4111111111111112 ",
        "500100732258 ",
        "7707083894 ",
        "инн 7707083894 ",
    ),
    *("+7 ", "8(916)", "8 916 123 45 6 ", "+1-1-", "+1 ( ( ", "916 123-", "DE89 ", "NO89 ", "DE89370400440532013001 "),
    *("112-233-445 96 ", "серия 4509 номер ", "12 12 № 12345 ", "ivan@mail.ru ", "4111111111111111 ", "89161234567 "),
]


@pytest.mark.parametrize(
    "text",
    [*(item * (20_000 // len(item)) for item in HOSTILE), "+1" + " " * 19_998, "a@" + "b." * 9_999],
    ids=lambda x: x[:12],
)
def test_time_grows_with_20_000_characters_of_anything_no_faster_than_they(text: str) -> None:
    assert scaling(mask, text) < MOST
