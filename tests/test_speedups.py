"""The compiled part gives the same as plain Python, to the last bit."""

import sys
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from router import Classifier, text
from router.ballots import CompiledLayout
from router.classifier import Classification
from router.compiled import speedups
from router.text import Chunks
from router.votes import Votes
from tests.conftest import ROOT
from training import corpus

pytestmark = pytest.mark.skipif(speedups is None, reason="the compiled part was not built: no compiler was found")

PARTS = ["не", "Не ", "ни", "нет", "без.", "деньги", "вывод", "  ", " ", "\n", ".", "!", "?!", "…", "\u00ad", "ё" * 41]
TEXTS = st.lists(st.sampled_from(PARTS) | st.text(max_size=8), max_size=40).map(" ".join) | st.text(max_size=200)


@given(TEXTS)
@example("")
@example("не")
@example("не не")
@example("не не.")
@example("не не. не")
@example("не. ")
@example("Не пришло. Не")
@example("дважды  пробел")
def test_clauses_are_the_same(given_text: str) -> None:
    chunks = Chunks(str)
    expected = chunks._spaced_plainly(given_text)
    assert [chunks._memory.spaced(chunks, text.Piece, given_text) for _ in range(2)] == [expected, expected]


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return [row.text for row in corpus.read(ROOT / "data")[::7]]


def told(answers: Iterable[Classification]) -> list[object]:
    return [(answer, answer.secondary, answer.as_json(explain=True)) for answer in answers]


def test_classifications_and_evidence_are_the_same(complaints: list[str]) -> None:
    compiled, plain = Classifier.load(), Classifier.load()
    plain.votes = Votes(plain.model.table, marks=plain.risks.marks, compiled=False)
    assert isinstance(compiled.votes._layout, CompiledLayout)
    assert not isinstance(plain.votes._layout, CompiledLayout)
    found = told(map(compiled.classify, complaints))
    assert found == told(map(plain.classify, complaints))
    assert any(secondary for _, secondary, _ in found)


BALLOT = "а", (1,) * 5, (1,) * 6


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: speedups.Ballot("а", (1,), (1, 2)), "expected 6 counts"),
        (lambda: speedups.Ballot("а", (-1,), (1,) * 6), "can't convert negative"),
        (lambda: speedups.Ballot("а", (1,), (256,) * 6), "counts of at most 255"),
        (lambda: speedups.Ballot("а", [1], (1,) * 6), "must be tuple"),
        (lambda: speedups.total([[1]], 5), "a vote for each category"),
        (lambda: speedups.total([[speedups.Ballot(*BALLOT)]], 4), "a vote for each category"),
        (lambda: speedups.total([()], 5), "lists of ballots"),
        (lambda: speedups.total([], 0), "1 to 255 votes"),
        (lambda: speedups.leads([speedups.Ballot(*BALLOT)], 0, 5), "votes of these numbers"),
        (lambda: speedups.marked([[None]], 5), "a vote for each category"),
        (lambda: speedups.leads([None], 0, 1), "votes of these numbers"),
        (lambda: speedups.clear([], 4, True, (), 0, [0.0] * 4), "the number of one"),
        (lambda: speedups.Memory(1, 1).spaced({}, int, ""), "a named tuple"),
        (lambda: speedups.Memory(0, 1), "a limit of 1"),
        (lambda: speedups.gather(int, "", "", [], 5, 0, 1, ("a", "b")), "a named tuple"),
        (lambda: speedups.gather(tuple, "б", "б", [[speedups.Ballot(*BALLOT)]], 5, 0, 1, ("a", "b")), "words stand in"),
        (lambda: speedups.gather(tuple, "", "", [[None]], 5, 0, 1, ("a", "b")), "a vote for each category"),
    ],
)
def test_what_does_not_fit_is_refused(call, expected: str) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError), match=expected):
        call()


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_memory_is_bounded_and_forgets_without_harm(limit: int) -> None:
    chunks, plain = Chunks(str), Chunks(str, None)
    chunks._memory = speedups.Memory(limit, 5)
    for start in range(0, 3000, 7):
        given = " ".join(f"слово{number * 17 % 1500}" for number in range(start, start + 100))
        assert chunks.clauses(given) == plain.clauses(given)
        assert len(chunks._memory) <= limit


def test_nothing_leaks(complaints: list[str]) -> None:
    """The interpreter has as many blocks of memory in use after a thousand texts as before them."""
    classifier = Classifier.load()

    def in_use() -> int:
        for complaint in complaints[:200]:
            classifier.classify(complaint).as_json(explain=True)
        return sys.getallocatedblocks()

    in_use()
    before = in_use()
    assert max(in_use() for _ in range(5)) - before < 200
