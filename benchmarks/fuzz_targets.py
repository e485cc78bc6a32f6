"""What is fuzzed: functions of some bytes that raise only where a promise is broken.

`benchmarks.fuzzing` feeds them what a coverage-guided fuzzer makes up, `tests/test_fuzz.py` what hypothesis does, and
the inputs that were findings once.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np

from router import ArtefactError, Classifier, DataError, TextError, known, votetable
from router.bulk import FORMS, classify_rows
from router.errors import StoreError
from router.personal import mask
from router.store import Store, schema
from router.text import MAX_DISTINCT_WORDS, tokens, words
from router.votes import Votes
from router.votetable import VoteTable
from training import corpus

Target = Callable[[bytes], None]


@cache
def classifier() -> Classifier:
    """The shipped model, loaded once."""
    return Classifier.load()


def text(content: bytes) -> None:
    """A text is classified or refused by name; every span lies where it says; masking twice changes nothing."""
    check_text(content.decode("utf-8", "surrogateescape" if content[:1] == b"\xff" else "replace"))


def check_text(sent: str) -> None:
    """The same of a string."""
    try:
        answer = classifier().classify(sent)
    except TextError:
        return
    shown = answer.as_json(explain=True)
    json.dumps(shown, ensure_ascii=False, allow_nan=False).encode()
    require(abs(sum(share for _, share in answer.suggestions) - 1) < 1e-9, "confidences do not sum to 1")
    for item in (*shown["evidence"], *shown["risks"]):
        require(sent[item["start"] : item["end"]] == item["text"], f"a span is elsewhere: {item}")
    require_tokens(sent)
    masked = mask(sent)
    require(mask(masked) == masked, f"masking twice changes the text: {masked!r}")


def seconds(sent: str) -> float:
    """Processor time of all that is done with a text, with no word remembered."""
    classifier().votes.clear()
    begin = process_time()
    classifier().classify(mask(sent)).as_json(explain=True)
    return process_time() - begin


def require_tokens(sent: str) -> None:
    """Tokens stand in order, inside of the text, and are the words that are scored."""
    end = 0
    found = []
    for token in tokens(sent):
        require(end <= token.start < token.end <= len(sent), f"a token is out of order: {token}")
        end = token.end
        found.append(token.word)
    require([*dict.fromkeys(found)][:MAX_DISTINCT_WORDS] == words(sent), "tokens are not the words")


def read_corpus(content: bytes) -> None:
    """A corpus gives rows or a `DataError` that names the place."""
    with written(content, "corpus.jsonl") as path:
        try:
            rows = corpus.read(path)
        except DataError as error:
            require(str(path) in error.place, "the fault has no place")
            return
        require(all(row.text.strip() and row.label for row in rows), "a row without text or label")


def bulk(content: bytes) -> None:
    """Every form of bulk file gives a line or a named fault for each part."""
    for name, form in FORMS.items():
        try:
            for line in classify_rows(classifier(), form, form.read(io.BytesIO(content), name), name):
                if not isinstance(line, DataError):
                    json.loads(line.decode())
        except DataError:
            pass


def artefact(content: bytes) -> None:
    """A vote table, or a file of known words, is read whole or refused as `ArtefactError`; what is read can score.

    By its first byte the rest stands for the whole file or for one of its arrays: checksums would hide those from a
    fuzzer that knows nothing of them.
    """
    content = content if not content or content[0] == ord("P") else with_member(content[0], content[1:])
    with suppress(ArtefactError):
        known.load(content, "words.npz", 4).get("деньги")
    try:
        table = votetable.load(content, "votes.npz")
    except ArtefactError:
        return
    score = Votes(table).score("не могу вывести деньги")
    require(all(map(isfinite, score.values)), "a score that is no number")


@cache
def small_table() -> bytes:
    """A whole vote table of a few bytes."""
    features = ("=деньга", "вой")
    weights = np.array([[2, 0, 0, 0, 1], [0, 3, 0, 0, 0]], np.float32)
    names = tuple(classifier().votes.categories)
    with TemporaryDirectory(prefix="complaint-router-fuzz-") as folder:
        path = Path(folder) / "votes.npz"
        votetable.save(VoteTable(names, features, weights, np.zeros(5), 3, 3), path)
        return path.read_bytes()


def with_member(which: int, content: bytes) -> bytes:
    """The small table with one of its arrays replaced by these bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(small_table())) as whole, zipfile.ZipFile(file, "w") as changed:
        names = whole.namelist()
        for name in names:
            changed.writestr(name, content if name == names[which % len(names)] else whole.read(name))
    return file.getvalue()


def backup(content: bytes) -> None:
    """A backup is restored whole, or the database stays empty."""
    with written(content, "backup.jsonl") as path, Store.at(f"sqlite:///{path.parent}/c.sqlite") as store:
        try:
            store.restore(path)
        except (DataError, StoreError):
            require(store.read(schema.version) is None, "a damaged backup was restored in part")


@contextmanager
def written(content: bytes, name: str) -> Iterator[Path]:
    """A file with this content in a folder of its own, gone afterwards."""
    with TemporaryDirectory(prefix="complaint-router-fuzz-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        yield path


def require(holds: bool, promise: str) -> None:
    """Raise where a promise is broken."""
    if not holds:
        raise AssertionError(promise)


TARGETS: dict[str, Target] = {
    "text": text,
    "corpus": read_corpus,
    "bulk": bulk,
    "artefact": artefact,
    "backup": backup,
}


def seeds(target: str) -> list[bytes]:
    """Inputs to begin with."""
    if target == "artefact":
        with zipfile.ZipFile(io.BytesIO(small_table())) as whole:
            members = [bytes([place]) + whole.read(name) for place, name in enumerate(whole.namelist())]
        return [small_table(), *members]
    return [seed.encode() for seed in SEEDS[target]]


SEEDS = {
    "text": [
        "Третий день не могу вывести деньги, поддержка молчит! Карта 4111 1111 1111 1111, +7 (916) 123-45-67",
        "ne mogu vyvesti dengi",
        "yt ghb[jlbn rjl",
        "не не нет… @bank_help https://example.org/?a=1 ))) 500₽ 😡 кэш\u00adбэк и\u0306од İİ паспорт 4509 123456",
    ],
    "corpus": ['{"text": "не могу", "label": "financial", "secondary": null, "id": "1"}\n\n{"text": "да"}\n'],
    "bulk": ['{"text": "не могу"}\n[1]\n', 'id,text\n1,"не могу, ""вывести"""\n2,\n'],
    "backup": [
        '{"format": "complaint-router backup 1", "version": "0002", "at": "2026-11-22"}\n'
        '{"table": "counters", "row": {"name": "changes", "value": 0}}\n{"rows": 1}\n'
    ],
}
