"""Ballots: sums that are exact in every field, whatever is added in whatever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.ballots import COUNTS, Ballot, Layout, scores
from tests.conftest import LAYOUTS

LAYOUT = Layout(3)
VOTE = st.integers(-(2**54) + 1, 2**54 - 1)
ROWS = st.lists(st.tuples(st.tuples(*[VOTE] * 4), st.tuples(*[st.integers(0, 1)] * (COUNTS - 1))), max_size=200)


def columns(rows: list) -> list[list[int]]:
    return [[sum(column) for column in zip(*part, strict=True)] for part in zip(*rows, strict=True)]


@pytest.mark.parametrize("layout", [kind(3) for kind in LAYOUTS])
@given(ROWS)
def test_ballots_add_field_by_field(layout: Layout, rows: list) -> None:
    ballots = [layout.pack("слово", votes, (1, *counts)) for votes, counts in rows]
    *totals, count, a, b, c, d, e = layout.total([ballots, ballots[:3]])  # what is in two clauses counts once
    votes, counts = columns(rows) if rows else ([0] * 4, [0] * 5)
    assert (count, [a, b, c, d, e]) == (len(rows), counts)
    assert [total - (count << 54) for total in totals] == votes


@pytest.mark.parametrize("layout", [kind(3) for kind in LAYOUTS])
@given(st.tuples(*[VOTE] * 4), st.permutations(range(3)))
def test_a_lead_is_the_difference_of_two_votes(layout: Layout, votes: tuple, places: list[int]) -> None:
    one, other, _ = places
    assert layout.leads([layout.pack("слово", votes, (1, *[0] * 5))], one, other) == [votes[one] - votes[other]]


@pytest.mark.parametrize("layout", [kind(3) for kind in LAYOUTS])
def test_clear_clauses_vote_for_one_category_or_for_another_by_enough(layout: Layout) -> None:
    votes = (9, 1, 0, 99), (1, 9, 2, 99), (0, 2, 0, 0)
    one, other, small = (layout.pack("слово", given, (1, *[0] * 5)) for given in votes)
    clauses = [[one, one, small], [other, small, other], [other, one, small], [small, small, small], [other, small]]

    def clear(place: int, is_other: bool, least: tuple[int, ...], words: int = 3) -> list[int]:
        return [number for number, _ in layout.clear(clauses, place, is_other, least, words, [0.0] * 3)]

    assert clear(0, True, (0, 3, 9, 2)) == [1, 2]  # 11 and 12 votes for the second, in the first 9, in the third 10
    assert clear(0, True, (0, 3, 10, 3)) == []
    assert clear(0, True, (0, 2, 9, 2), words=2) == [1, 2, 3, 4]
    assert clear(1, True, (0, 3, 6, 2)) == [0]
    assert clear(2, True, (-9, -9, -9, -9)) == [0, 1, 2, 3]
    assert clear(1, False, (0, 2, 9, 2)) == [1, 2, 3]
    assert clear(0, False, (0, 2, 6, 2)) == [0]
    [(_, found)] = layout.clear(clauses, 0, False, (0, 2, 6, 2), 3, [0.5, 0.0, -1.0])
    assert found == scores([(1 << 55) + vote for vote in (9, 3, 0)], 2, [0.5, 0.0, -1.0])


@pytest.mark.parametrize("layout", [kind(2) for kind in LAYOUTS])
def test_of_two_categories_the_other_leads_the_one(layout: Layout) -> None:
    clauses = [[layout.pack("слово", votes, (1, *[0] * 5))] for votes in ((9, 1, 99), (1, 9, 99))]
    found = layout.clear(clauses, 0, True, (0, 8), 1, [0.0] * 2)
    assert [number for number, _ in found] == [1]


@pytest.mark.skipif(len(LAYOUTS) < 2, reason="the compiled part was not built")
@given(
    st.lists(st.lists(st.tuples(*[st.integers(-9, 9) | VOTE] * 4), max_size=4), max_size=6),
    st.integers(0, 2),
    st.booleans(),
    st.tuples(*[st.integers(-9, 9)] * 5),
)
def test_what_is_clear_is_the_same_compiled(clauses: list, one: int, other: bool, least: tuple) -> None:
    def clear(layout: Layout) -> list:
        packed = [[layout.pack("", votes, (1, *[0] * 5)) for votes in clause] for clause in clauses]
        return layout.clear(packed, one, other, least, 2, [0.25, -1e-9, 0.1])

    plain, compiled = (clear(kind(3)) for kind in LAYOUTS)
    assert plain == compiled


@pytest.mark.parametrize("layout", [kind(3) for kind in LAYOUTS])
def test_clauses_with_a_marked_word_are_told(layout: Layout) -> None:
    plain, marked = (layout.pack("слово", (1,) * 4, (1, 1, 1, 1, 1, last)) for last in (0, 1))
    assert layout.marked([[plain], [marked, plain], [], [plain, plain], [plain, marked]]) == [1, 4]


def test_a_set_of_ballots_tells_words_apart_that_vote_alike() -> None:
    alike = [LAYOUT.pack("слово", (5, 5, 5, 5), (1, *[0] * 5)) for _ in range(2)]
    assert int(alike[0]) == int(alike[1])
    assert len({*alike, *alike}) == 2
    assert isinstance(alike[0], Ballot)


def test_no_word_scores_the_intercepts() -> None:
    assert scores((0, 0), 0, (0.5, -1.0)) == [0.5, -1.0]
