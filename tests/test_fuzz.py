"""Whatever is sent is read or refused by name: hypothesis on the targets of the fuzzer, and what that found once."""

import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import fuzz_targets
from benchmarks.fuzz_targets import TARGETS, small_table, with_member
from router import ArtefactError, DataError, votetable
from router.ballots import COUNTS, ONE, Layout
from router.bulk import FORMS, classify_rows
from router.decision import Thresholds, certainty, decide, probabilities
from router.votes import Profile
from router.votetable import MAX_VOTE, VoteTable
from tests.conftest import LAYOUTS

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
few = settings(max_examples=EXAMPLES, deadline=None)
shares = st.floats(0, 1)

LETTERS = (
    "не без нет карта 4111 паспорт 4509 123456 инн @bank www. "
    "https:// [карта] )) … ₽ 😡 и\u0306 \u00ad İ ǅ ß ﬁ ١٢ \u202e\u2066"
)
PIECES = st.lists(
    st.sampled_from([*LETTERS, *LETTERS.split(" "), " ", "\n", "\x0b", "\x85", "\u2028", "ne mogu", "yt vjue"])
)


@settings(max_examples=3 * EXAMPLES, deadline=None)
@given(st.one_of(st.text(max_size=200), PIECES.map("".join)))
def test_any_text_is_classified_or_refused_with_spans_in_order_and_masking_that_is_final(text: str) -> None:
    fuzz_targets.check_text(text)


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "backup"])
def test_any_bytes_are_read_or_refused(name: str) -> None:
    target, seeds = TARGETS[name], fuzz_targets.seeds(name)

    @few
    @given(st.one_of(st.binary(max_size=300), mutated(seeds)))
    def check(content: bytes) -> None:
        target(content)

    check()


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_any_backup_is_restored_whole_or_not_at_all(data) -> None:
    fuzz_targets.backup(data.draw(mutated(fuzz_targets.seeds("backup"))))


@st.composite
def mutated(draw, seeds: list[bytes]) -> bytes:
    """A sound input that was cut, of which one bit was flipped, or into which something was put."""
    seed = draw(st.sampled_from(seeds))
    place = draw(st.integers(0, len(seed) - 1))
    kind = draw(st.sampled_from(("cut", "flip", "insert", "whole")))
    flipped = bytes([seed[place] ^ (1 << draw(st.integers(0, 7)))])
    tails = {"cut": b"", "flip": flipped + seed[place + 1 :], "insert": draw(st.binary(max_size=8)) + seed[place:]}
    return seed if kind == "whole" else seed[:place] + tails[kind]


FOUND = {
    "a backup that is no UTF-8": (
        "backup",
        b'{"format": "complaint-router backup 1", "version": "0002"}\n{"ro\xd7s": 1}\n',
    ),
    "a backup nested too deeply": ("backup", b"[" * 100_000),
    "a heading that is no CSV": ("bulk", b'{,"text""\n'),
    "a field that is no UTF-8": ("bulk", 'id,text\n1\udcdc,"не могу вывести"\n'.encode("utf-8", "surrogateescape")),
    "half of a pair in a field": ("bulk", '{"id": "\\ud800", "text": "не могу вывести"}\n'.encode()),
    "bytes in the place of an array": ("artefact", b"\x00NUMPY"),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_fuzzing_found_is_refused_by_name(case: str) -> None:
    name, content = FOUND[case]
    TARGETS[name](content)


@pytest.mark.parametrize("half", [rb"\ud800", b"\xed\xa0\x80"])
def test_a_bulk_row_that_could_not_be_written_is_told_with_its_place(classifier, half: bytes) -> None:
    file = io.BytesIO(b'{"id": "' + half + b'", "text": "a"}\n')
    (line,) = classify_rows(classifier, FORMS["jsonl"], FORMS["jsonl"].read(file, "in"), "in")
    assert isinstance(line, DataError)
    assert str(line) == "in:1: expected UTF-8 in every field, found what is no character"


class Bomb:
    """Whoever unpickles it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self):
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("place", range(6))
def test_a_pickle_in_any_array_of_a_model_is_refused_and_never_unpickled(place: int, tmp_path: Path) -> None:
    bomb = Bomb(tmp_path / "went off")
    array = io.BytesIO()
    np.lib.format.write_array(array, np.array([bomb], object), allow_pickle=True)
    for content in (array.getvalue(), pickle.dumps(bomb)):
        with pytest.raises(ArtefactError):
            votetable.load(with_member(place, content), "votes.npz")
    assert not list(tmp_path.iterdir())
    pickle.loads(pickle.dumps(bomb))
    assert list(tmp_path.iterdir())


def test_every_bit_of_a_model_matters_or_changes_nothing() -> None:
    """A flipped bit is refused, or falls where zip keeps what nobody reads; its digest refuses it anyway."""
    whole = votetable.load(small_table(), "votes.npz")
    for place in range(0, len(small_table()), 3):
        content = bytearray(small_table())
        content[place] ^= 1 << place % 8
        try:
            found = votetable.load(bytes(content), "votes.npz")
        except ArtefactError:
            continue
        assert found.features == whole.features
        assert (found.weights == whole.weights).all()


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_model_that_was_cut_is_refused(share: float) -> None:
    with pytest.raises(ArtefactError):
        votetable.load(small_table()[: int(len(small_table()) * share)], "votes.npz")


@pytest.mark.parametrize("spoilt", [np.nan, np.inf, -np.inf, 2.0 * MAX_VOTE])
def test_votes_that_would_spoil_sums_are_refused(tmp_path, spoilt: float) -> None:
    whole = votetable.load(small_table(), "votes.npz")
    weights = whole.weights.copy()
    weights[0, 0] = spoilt
    votetable.save(VoteTable(whole.categories, whole.features, weights, whole.intercepts, 3, 3), tmp_path / "v")
    with pytest.raises(ArtefactError, match="votes that are not float32"):
        votetable.load((tmp_path / "v").read_bytes(), "v")


@pytest.mark.parametrize("kind", LAYOUTS)
def test_the_greatest_votes_of_200_words_are_summed_exactly(kind: type[Layout]) -> None:
    layout = kind(4)
    most = int(MAX_VOTE * 900 * ONE)
    (biased, *_) = layout.total([[layout.pack("слово", [0] * 5, (1,) * COUNTS)]])
    for sign in (1, -1):
        fields = [sign * most, -sign * most, sign, 0, 1]
        found = layout.total([[layout.pack("слово", fields, (1,) * COUNTS) for _ in range(200)]])
        assert tuple(total - 200 * biased for total in found[:5]) == tuple(200 * field for field in fields)
        assert found[5:] == (200,) * COUNTS


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8))
def test_probabilities_are_those_of_a_softmax_whatever_the_scores(scores: list[float]) -> None:
    found = probabilities(scores)
    assert sum(found) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in found)
    assert found[scores.index(max(scores))] == max(found) == certainty(scores)


@given(
    st.lists(shares, min_size=2, max_size=8),
    st.floats(-20, 20),
    st.tuples(*[st.integers(0, 200)] * 4),
    st.tuples(shares, shares, st.floats(-20, 20)),
    st.booleans(),
)
def test_auto_is_given_only_where_its_thresholds_are_met(confidences, none, counts, bounds, several) -> None:
    ranked = sorted(((str(place), share) for place, share in enumerate(confidences)), key=lambda one: -one[1])
    lettered, *parts = counts
    profile = Profile(lettered + 5, lettered, *[min(part, lettered) for part in parts])
    thresholds = Thresholds({"0": bounds[0]}, bounds[1], bounds[2])
    decision = decide(ranked, none, profile, thresholds, lambda: several)
    first, confidence = ranked[0]
    assert (decision.reason is None) == (decision.kind == "auto")
    assert (decision.between is not None) == (decision.reason == "ambiguous")
    if decision.kind == "auto":
        assert first == "0"
        assert confidence >= bounds[0]
        assert none <= bounds[2]
    if decision.kind == "suggest":
        assert confidence >= bounds[1]
    if lettered < 2:
        assert (decision.kind, decision.reason) == ("triage", "too_short")


SHAPES = {
    "one letter": "ы" * 20_000,
    "negations": "не " * 6_666,
    "negation of negations": "не не нет " * 2_000,
    "nested quotes": "«" * 10_000 + "»" * 10_000,
    "brackets": "[карта" * 3_333,
    "digits": "4" * 20_000,
    "spaced digits": "4 " * 10_000,
    "dashed digits": "+7-" * 6_666,
    "announced numbers": "инн " * 5_000,
    "announced passports": "паспорт 45" * 2_000,
    "addresses": "a@" * 10_000,
    "dotted address": "a@" + "a." * 9_999,
    "capitals and digits": "DE89" * 5_000,
    "wallets": "1A" * 10_000,
    "emoji": "😡" * 20_000,
    "joined emoji": "👨\u200d👩\u200d👧" * 4_000,
    "right to left": "\u202eتغقل " * 3_333,
    "marks": "и" + "\u0306" * 19_999,
    "marks in disorder": "и" + "\u0301\u0316" * 9_999,
    "soft hyphens": "\u00ad" * 10_000 + "а\u00ad" * 5_000,
    "blank lines": "а\n\n" * 6_666,
    "full stops": "а. " * 6_666,
    "latin": "shch" * 5_000,
    "layout": "ghb[jlbn " * 2_222,
    "risk phrases": "подам в суд не подам " * 950,
    "long unknown words": " ".join(chr(0x430 + n % 32) * 3 + "бвгд" * 9 for n in range(500)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_20_000_characters_takes_a_second(classifier, shape: str) -> None:
    """Masking, classifying and explaining together, with nothing remembered; processor time, the best of two."""
    assert min(fuzz_targets.seconds(SHAPES[shape]) for _ in range(2)) < 1
