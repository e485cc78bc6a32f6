"""Ballots: sums that are exact in every field, whatever is added in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from router.ballots import COUNTS, Ballot, Layout, scores

LAYOUT = Layout(3)
VOTE = st.integers(-(2**54) + 1, 2**54 - 1)
ROWS = st.lists(st.tuples(st.tuples(*[VOTE] * 4), st.tuples(*[st.integers(0, 1)] * (COUNTS - 1))), max_size=200)


def columns(rows: list) -> list[list[int]]:
    return [[sum(column) for column in zip(*part, strict=True)] for part in zip(*rows, strict=True)]


@given(ROWS)
def test_ballots_add_field_by_field(rows: list) -> None:
    ballots = [LAYOUT.pack(votes, (1, *counts)) for votes, counts in rows]
    *totals, count, a, b, c, d, e = LAYOUT.unpack(ballots)
    votes, counts = columns(rows) if rows else ([0] * 4, [0] * 5)
    assert (count, [a, b, c, d, e]) == (len(rows), counts)
    assert [total - (count << 54) for total in totals] == votes
    [found] = LAYOUT.sums([ballots])
    assert found == (*totals[:3], count)
    assert not rows or max(found) == max(totals[:3])  # the count never is the greatest of them


@given(st.tuples(*[VOTE] * 4), st.permutations(range(3)))
def test_a_lead_is_the_difference_of_two_votes(votes: tuple, places: list[int]) -> None:
    one, other, _ = places
    assert LAYOUT.leads([LAYOUT.pack(votes, (1, *[0] * 5))], one, other) == [votes[one] - votes[other]]


def test_a_set_of_ballots_tells_words_apart_that_vote_alike() -> None:
    alike = [LAYOUT.pack((5, 5, 5, 5), (1, *[0] * 5)) for _ in range(2)]
    assert int(alike[0]) == int(alike[1])
    assert len({*alike, *alike}) == 2
    assert isinstance(alike[0], Ballot)


def test_no_word_scores_the_intercepts() -> None:
    assert scores((0, 0), 0, (0.5, -1.0)) == [0.5, -1.0]
