"""The compiled model: exact sums, exact evidence, and a file that is refused when it does not fit."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import ArtefactError, Classifier, votetable
from router.categories import KEYS
from router.text import CLAUSE_END, LONG_WORD, MAX_DISTINCT_WORDS, WORD, Chunks, words
from router.votes import Votes
from router.votetable import VoteTable, load, save


def table() -> VoteTable:
    features = ("=деньга", "=войти", "ень", "вой")
    weights = np.array([[2, 0, 0, 0, 1], [0, 3, 0, 0, 0], [0.5, 0, 0, 0, 0], [0, 0.25, 0, 0, 0]], np.float32)
    return VoteTable(KEYS, features, weights, np.array([0.1, 0.2, 0.3, 0.4, -2.0]), 3, 3)


def test_a_score_is_the_sum_of_votes_over_the_root_of_their_number_plus_the_intercept() -> None:
    score = Votes(table()).score("деньги войти деньги!!!")
    assert score.values == pytest.approx([0.1 + 2.5 / 3**0.5, 0.2 + 3.25 / 3**0.5, 0.3, 0.4], abs=1e-8)
    assert score.none == pytest.approx(1 / 3**0.5 - 2, abs=1e-8)
    assert score.profile == (3, 2, 2, 2, 0)


def test_words_are_forgotten_when_too_many_are_remembered() -> None:
    votes = Votes(table(), remember=3)
    for word in ("раз", "два", "три", "четыре"):
        votes.score(word)
    assert len(votes) == 1


def test_a_long_word_is_remembered_as_several() -> None:
    votes = Votes(table(), remember=100)
    for letter in "абвгд":
        votes.score(30 * LONG_WORD * letter)
    assert len(votes) == 1


TEXT = st.lists(
    st.sampled_from(
        ("не", "Ни", "деньги", "Деньги,", "войти.", "x!", "(нет", "код-не", "1", "", " ", "\n", "т.е.", "😡")
    ),
    max_size=40,
).map(" ".join)


def plainly(votes: Votes, text: str) -> tuple[list[float], float, list[int]]:
    """A score as it is defined: words by the regular expression, votes word by word, no memory."""
    found = dict.fromkeys(word for clause in CLAUSE_END.split(text.lower()) for word in WORD.findall(clause))
    rows = [votes.words.fixed_point(word) for word in found]
    root = 1 / (2.0**30 * (len(rows) or 1) ** 0.5)
    *values, none = [sum(column) * root for column in zip(*rows, strict=True)] if rows else [0.0] * 5
    counts = [sum(column) for column in zip(*map(votes.words.counts, found), strict=True)] if rows else [0] * 6
    biases = votes.table.intercepts.tolist()
    return [value + bias for value, bias in zip(values, biases, strict=False)], none + biases[-1], counts[:-1]


@settings(deadline=None)
@given(TEXT)
def test_what_is_remembered_scores_as_if_nothing_were(text: str) -> None:
    """The same bits: with an empty memory, with a full one, and without any."""
    votes = REMEMBERING
    once, again = votes.score(text), votes.score(text)
    assert (list(again.values), again.none, list(again.profile)) == plainly(votes, text)
    assert once[:4] == again[:4]


REMEMBERING = Votes(table())


def test_words_after_the_first_200_distinct_ones_are_not_worked_out() -> None:
    votes = Votes(table())
    text = ". ".join(f"слово{chr(1072 + n // 30)}{chr(1072 + n % 30)} о нём" for n in range(900))
    score = votes.score(text)
    assert score.profile.words == len(votes) == MAX_DISTINCT_WORDS
    assert len(CLAUSE_END.split(text)) > len(score.clauses)


def test_threads_that_meet_new_words_together_agree_on_their_ballots() -> None:
    votes = Votes(table(), remember=50)
    texts = [
        " ".join(f"слово{chr(1072 + (n * k) % 32)}, слово{chr(1072 + (n * k) % 32)}" for n in range(20))
        for k in (1, 3, 5)
    ]
    expected = [Votes(table()).score(text)[:4] for text in texts]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: votes.score(texts[n % 3])[:4], range(300)))
    assert found == [expected[n % 3] for n in range(300)]


def test_threads_that_forget_together_leave_chunks_of_the_words_that_are_counted(monkeypatch) -> None:
    """The other thread gets its turn where the first lets go of the interpreter: when it asks for random bytes."""
    votes = Votes(table())

    def interrupted(*given: object) -> Chunks:
        monkeypatch.undo()
        votes.clear()
        return Chunks(*given)

    monkeypatch.setattr("router.votes.Chunks", interrupted)
    votes.clear()
    votes.score("деньги")
    assert len(votes) == 1


def test_saving_twice_gives_the_same_bytes_and_loading_gives_the_table_back(tmp_path) -> None:
    for name in ("a", "b"):
        save(table(), tmp_path / name)
    content = (tmp_path / "a").read_bytes()
    assert content == (tmp_path / "b").read_bytes()
    found = load(content, "a", KEYS)
    assert found.features == table().features
    assert (found.weights == table().weights).all()


@pytest.fixture
def saved(tmp_path):
    def bytes_of(changed: VoteTable) -> bytes:
        save(changed, tmp_path / "votes.npz")
        return (tmp_path / "votes.npz").read_bytes()

    return bytes_of


def test_a_table_for_other_categories_is_refused_naming_both(saved) -> None:
    content = saved(replace(table(), categories=("a", "b", "c", "d")))
    with pytest.raises(ArtefactError, match=r"a, b, c, d; expected financial, technical"):
        load(content, "votes.npz", KEYS)


def test_a_table_of_another_protocol_is_refused_naming_both(saved, monkeypatch) -> None:
    content = saved(table())
    monkeypatch.setattr(votetable, "PROTOCOL", 2)
    with pytest.raises(ArtefactError, match="protocol 1; expected 2"):
        load(content, "votes.npz")


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 cut"])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(ArtefactError):
        load(content, "votes.npz")


def test_a_pickle_in_the_table_is_never_unpickled() -> None:
    file = io.BytesIO()
    np.savez(file, protocol=np.array([object()], dtype=object))
    with pytest.raises(ArtefactError):
        load(file.getvalue(), "votes.npz")


def test_evidence_is_the_same_when_the_words_have_been_forgotten_since(classifier: Classifier) -> None:
    first, second = (
        classifier.classify("Не могу вывести деньги, деньги!!! https://example.org/не деньги") for _ in "ab"
    )
    expected = first.evidence
    classifier.votes.clear()
    assert second.evidence == expected


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=400))
def test_evidence_adds_up_to_the_difference_of_the_scores(classifier: Classifier, text: str) -> None:
    if not text.strip():
        return
    answer = classifier.classify(text)
    first, second = (KEYS.index(category) for category, _ in answer.suggestions[:2])
    values = classifier.votes.score(answer.reading.text).values
    signed = sum(item.vote if item.category == KEYS[first] else -item.vote for item in answer.evidence)
    bias = classifier.votes.intercepts
    assert signed + bias[first] - bias[second] == pytest.approx(values[first] - values[second], abs=1e-6)
    assert len(answer.evidence) == len(words(answer.reading.text))
    assert all(text[item.start : item.end] == item.text for item in answer.evidence)
