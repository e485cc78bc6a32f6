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
    ballots = [layout.pack(votes, (1, *counts)) for votes, counts in rows]
    *totals, count, a, b, c, d, e = layout.total([ballots, ballots[:3]])  # what is in two clauses counts once
    votes, counts = columns(rows) if rows else ([0] * 4, [0] * 5)
    assert (count, [a, b, c, d, e]) == (len(rows), counts)
    assert [total - (count << 54) for total in totals] == votes
    [found, first] = layout.sums([ballots + ballots, ballots[:1]])
    assert first[-1] == min(1, count)
    assert found == (*totals[:3], count)
    assert not rows or max(found) == max(totals[:3])  # the count never is the greatest of them


@pytest.mark.parametrize("layout", [kind(3) for kind in LAYOUTS])
@given(st.tuples(*[VOTE] * 4), st.permutations(range(3)))
def test_a_lead_is_the_difference_of_two_votes(layout: Layout, votes: tuple, places: list[int]) -> None:
    one, other, _ = places
    assert layout.leads([layout.pack(votes, (1, *[0] * 5))], one, other) == [votes[one] - votes[other]]


@pytest.mark.parametrize("layout", [kind(3) for kind in LAYOUTS])
def test_contrary_clauses_vote_for_another_category_clearly_enough(layout: Layout) -> None:
    one, other, small = (layout.pack(votes, (1, *[0] * 5)) for votes in ((9, 1, 0, 99), (1, 9, 2, 99), (0, 2, 0, 0)))
    clauses = [[one, one, small], [other, small, other], [other, one, small], [small, small, small], [other, small]]
    least = (0, 3, 4)
    assert [number for number, _ in layout.contrary(clauses, 0, (*least, 0), 3)] == [1, 2]
    assert [number for number, _ in layout.contrary(clauses, 0, (*least, 3), 2)] == [1, 4]
    assert [number for number, _ in layout.contrary(clauses, 1, (*least, 1), 3)] == [0]
    [(_, sums)] = layout.contrary(clauses[1:2], 0, least, 3)
    assert sums == layout.sums(clauses[1:2])[0]


def test_a_set_of_ballots_tells_words_apart_that_vote_alike() -> None:
    alike = [LAYOUT.pack((5, 5, 5, 5), (1, *[0] * 5)) for _ in range(2)]
    assert int(alike[0]) == int(alike[1])
    assert len({*alike, *alike}) == 2
    assert isinstance(alike[0], Ballot)


def test_no_word_scores_the_intercepts() -> None:
    assert scores((0, 0), 0, (0.5, -1.0)) == [0.5, -1.0]
