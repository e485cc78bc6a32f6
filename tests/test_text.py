"""Text → words: tables of real-looking sentences, and the bound on hostile ones."""

import re
import sys
import unicodedata
from functools import partial
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import TextError
from router.marks import SHORT, composed
from router.text import (
    CLAUSE_END,
    LONG_WORD,
    MAX_DISTINCT_WORDS,
    WORD,
    clause_tokens,
    clauses,
    normal_form,
    require_text,
    tokens,
    words,
)
from router.urgency import RiskFinder
from tests.scaling import MOST, scaling


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Деньги НЕ пришли", "деньги не_пришли"),
        ("деньги, деньги и ещё раз деньги", "деньги и ещё раз"),
        ("Верните 1500 руб!!!", "верните 1500 руб !!!"),
        ("не  могу НЕ сказать, нет денег", "не__могу не_сказать нет_денег"),
        ("не не нет", "не нет"),
        ("не", "не"),
        ("не 500 и не!", "не 500 и !"),
        ("нечто неясное", "нечто неясное"),
        ("смс-код", "смс код"),
        ("@bank_help вы где?", "@bank_help вы где ?"),
        ("см. https://example.org/a?b=1 там", "см https://example.org/a?b=1 там"),
        ("пишу с [телефон] и [почта]", "пишу с [телефон] и [почта]"),
        ("ну и ладно... ))", "ну и ладно ... ))"),
        ("списали 500₽ 😡", "списали 500 ₽ 😡"),
        ("кэш\u00adбэк", "кэш\u00adбэк"),
        ("\u202eтекст наоборот", "текст наоборот"),
    ],
)
def test_words_are_distinct_lower_cased_and_in_order(text: str, expected: str) -> None:
    assert [word.replace(" ", "_") for word in words(text)] == expected.split()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("ещё", "еще"),
        ("нееет", "нет"),
        ("cчёт", "счет"),  # Latin c
        ("дeньги", "деньги"),  # Latin e
        ("д0лг", "долг"),  # digit zero
        ("cash", "cash"),  # a Latin word stays
        ("2000р", "#р"),
        ("4g", "#g"),
        ("1500", "#"),
        ("и\u0306од", "йод"),
        ("кэш\u00adбэк", "кэшбэк"),
        ("@bank_help", "@"),
        ("www.example.org", "http"),
        ("[карта]", "[карта]"),
        ("!!!!", "!!"),
        ("ооо", "о"),
    ],
)
def test_normal_form_folds_spelling(word: str, expected: str) -> None:
    assert normal_form(word) == expected


@given(st.text(max_size=300))
def test_tokens_are_the_words_at_their_places(text: str) -> None:
    found = list(tokens(text))
    assert list(dict.fromkeys(token.word for token in found))[:MAX_DISTINCT_WORDS] == words(text)
    for token in found:
        assert text[token.start : token.end].lower().startswith(token.word[:1])
        assert token.start < token.end <= len(text)


def test_spans_survive_letters_that_grow_when_lower_cased() -> None:
    text = "İİ деньги"
    last = list(tokens(text))[-1]
    assert text[last.start : last.end] == "деньги"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "text_wrong_type"),
        (5, "text_wrong_type"),
        ("", "text_empty"),
        (" \n\t ", "text_empty"),
        ("я" * 20_001, "text_too_long"),
        ("а\x00б", "text_has_nul"),
        ("а\ud800б", "text_not_unicode"),
    ],
)
def test_a_text_that_cannot_be_classified_is_refused_by_name(text: object, code: str) -> None:
    with pytest.raises(TextError) as caught:
        require_text(text)
    assert caught.value.code == code


def test_20_000_characters_are_accepted_and_blanks_around_do_not_count() -> None:
    assert require_text(" " * 50 + "я" * 20_000)


@pytest.mark.parametrize(
    "text",
    [
        "ы" * 20_000,
        "".join(chr(0x430 + (i * 7 + i * i // 3) % 32) if i % 9 else " " for i in range(20_000)),
        "".join(chr(0x430 + (i * 11) % 32) if i % 39 else " " for i in range(20_000)),
        "!?" * 10_000,
        "." * 20_000,
        "https://" * 2_500,
        "а\u0301" * 10_000,
        "😡" * 20_000,
        "1а" * 10_000,
        "[" * 20_000,
        "@" * 20_000,
        "не " * 6_666,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_time_grows_with_20_000_characters_of_anything_no_faster_than_they(classifier, text: str) -> None:
    def classify(text: str) -> None:
        classifier.votes.clear()
        classifier.classify(text)

    classify("разогрев")
    assert scaling(classify, text) < MOST


def test_hardly_a_long_word_is_remembered() -> None:
    finder = RiskFinder()
    long = [LONG_WORD * chr(ord("а") + number) for number in range(32)]

    def references() -> list[int]:
        return [sys.getrefcount(word) for word in long]

    before = references()
    assert {finder[word] for word in long} == {()}
    assert [normal_form(word) for word in long[:3]] == ["а", "б", "в"]
    assert sum(now > then for now, then in zip(references(), before, strict=True)) < 10


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0301\uff9e"])
def test_marks_in_disorder_take_time_as_any_letters_do(marks: str) -> None:
    assert scaling(composed, marks * 10_000) < MOST
    assert scaling(partial(unicodedata.normalize, "NFKC"), marks * 2_000) > MOST


MARKED = st.lists(
    st.sampled_from("аеиAÅ\u0301\u0316\u0345\u034f\u031b\uff9e\uff8aﬃ각ᄀ\u1161½²ệ\u0344") | st.characters()
)


@given(MARKED.map("".join), st.booleans())
def test_a_word_of_many_marks_is_composed_as_unicodedata_does(word: str, is_long: bool) -> None:
    word *= (SHORT + 1) // max(1, len(word)) + 1 if is_long else 1
    assert composed(word) == unicodedata.normalize("NFKC", word)


def test_a_pattern_that_goes_back_over_the_text_would_be_noticed() -> None:
    assert scaling(re.compile(r"\d+x").search, "1" * 4_000) > MOST


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Деньги ушли. Поддержка молчит! Что делать?", ["деньги ушли", "поддержка молчит !", "что делать ?"]),
        ("первая\nвторая; третья", ["первая", "вторая", "третья"]),
        ("сумма 1.5 тыс. и всё", ["сумма 1 5 тыс", "и всё"]),
        ("одна", ["одна"]),
    ],
)
def test_clauses_end_at_full_stops_and_lines(text: str, expected: list[str]) -> None:
    assert [" ".join(clause) for clause in clauses(text)] == expected


@given(st.text(st.sampled_from("аб не. !\nİ"), max_size=60))
def test_clause_tokens_are_the_words_of_the_clauses(text: str) -> None:
    assert [[token.word for token in clause] for _, clause in clause_tokens(text)] == clauses(text)


AWKWARD = (
    "не",
    "Ни",
    "код-не",
    "(не",
    "деньги",
    "Деньги,",
    "ушли.",
    "!",
    "?!",
    "...",
    "1",
    "@",
    "http://",
    "www.",
    "İ",
    "Σ",
)
SPACES = st.sampled_from((" ", " ", " ", "  ", "\n", "\u00a0", ". "))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(AWKWARD), SPACES), max_size=12))
def test_remembered_chunks_give_what_the_expressions_alone_give(parts: list[tuple[str, str]]) -> None:
    text = "".join(chain.from_iterable(parts))
    plain = [WORD.findall(clause.lower()) for clause in CLAUSE_END.split(text)]
    assert clauses(text) == plain
