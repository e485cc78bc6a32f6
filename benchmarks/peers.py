"""What people would use instead, each as it is commonly written, trained on our corpus."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import pymorphy3
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline

from router import Classifier
from training import lexicon
from training.corpus import Row, placed
from training.fit import fit_pipeline
from training.pipeline import Parameters

ROOT = Path(__file__).parent.parent
WORD = re.compile(r"[а-яёa-z]+")
MODEL = "model.joblib"
Predict = Callable[[str], str]


class Peer(NamedTuple):
    """`fit` writes a model for rows into a folder; `load` opens it again as a function of one text."""

    title: str
    fit: Callable[[Sequence[Row], Path], None]
    load: Callable[[Path], Predict]


def lemmatise(text: str) -> list[str]:
    """Words → dictionary forms, every word analysed."""
    return [_morph().parse(word)[0].normal_form for word in WORD.findall(text.lower())]


def lemmatise_cached(text: str) -> list[str]:
    """The same, a word analysed once."""
    return [_lemma(word) for word in WORD.findall(text.lower())]


@lru_cache(1)
def _morph() -> Any:
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(1 << 17)
def _lemma(word: str) -> str:
    return str(_morph().parse(word)[0].normal_form)


def _fit_sklearn(vectoriser: Any, linear: Any) -> Callable[[Sequence[Row], Path], None]:
    def fit(rows: Sequence[Row], folder: Path) -> None:
        rows = placed(rows)
        model = make_pipeline(vectoriser, linear).fit([row.text for row in rows], [row.label for row in rows])
        joblib.dump(model, folder / MODEL)

    return fit


def _fit_usual(rows: Sequence[Row], folder: Path) -> None:
    """Fitted with cached lemmas, which gives the same model in a fraction of the time, then called without."""
    _fit_sklearn(_tfidf(lemmatise_cached), LogisticRegression(C=10, max_iter=300))(rows, folder)
    model = joblib.load(folder / MODEL)
    model[0].set_params(tokenizer=lemmatise)
    joblib.dump(model, folder / MODEL)


def _load_sklearn(folder: Path) -> Predict:
    model = joblib.load(folder / MODEL)

    def predict(text: str) -> str:
        return str(model.classes_[model.predict_proba([text])[0].argmax()])

    return predict


def _fit_fasttext(**options: Any) -> Callable[[Sequence[Row], Path], None]:
    def fit(rows: Sequence[Row], folder: Path) -> None:
        source, target = folder / "train.txt", folder / "model.bin"
        lines = [f"__label__{row.label} {' '.join(row.text.split())}\n" for row in placed(rows)]
        source.write_text("".join(lines), encoding="utf-8")
        given = {"input": str(source), "dim": 50, "epoch": 10, "lr": 0.1, "thread": 1, "verbose": 0} | options
        # In a process of its own: a second training in one process has stopped with «Encountered NaN» again and again.
        subprocess.run([sys.executable, "-c", FIT_FASTTEXT, json.dumps(given), str(target)], check=True)
        source.unlink()

    return fit


FIT_FASTTEXT = """
import fasttext, json, sys
fasttext.train_supervised(**json.loads(sys.argv[1])).save_model(sys.argv[2])
"""


def _load_fasttext(folder: Path) -> Predict:
    import fasttext

    model = fasttext.load_model(str(folder / "model.bin"))
    return lambda text: str(model.predict(text.replace("\n", " "))[0][0]).removeprefix("__label__")


def _fit_spacy(rows: Sequence[Row], folder: Path) -> None:
    import spacy
    from spacy.training import Example

    model = spacy.blank("ru")
    part = model.add_pipe("textcat", config={"model": BAG_OF_WORDS})
    labels = sorted({row.label for row in placed(rows)})
    for label in labels:
        part.add_label(label)  # type: ignore[attr-defined]
    examples = [
        Example.from_dict(model.make_doc(row.text), {"cats": {label: float(label == row.label) for label in labels}})
        for row in placed(rows)
    ]
    optimizer = model.initialize(lambda: examples[:100])
    for _ in range(2):
        random.Random(0).shuffle(examples)
        for begin in range(0, len(examples), 128):
            model.update(examples[begin : begin + 128], sgd=optimizer)
    model.to_disk(folder / "model")


BAG_OF_WORDS = {
    "@architectures": "spacy.TextCatBOW.v3",
    "exclusive_classes": True,
    "ngram_size": 1,
    "no_output_layer": False,
}


def _load_spacy(folder: Path) -> Predict:
    import spacy

    model = spacy.load(folder / "model")

    def predict(text: str) -> str:
        found = model(text).cats
        return max(found, key=found.__getitem__)

    return predict


def _fit_ours(rows: Sequence[Row], folder: Path) -> None:
    model = fit_pipeline(rows, lexicon.read(ROOT / "data" / lexicon.NAME), Parameters())
    joblib.dump(model, folder / MODEL)


def _load_ours(folder: Path) -> Predict:
    classifier = Classifier.load()
    return lambda text: classifier.classify(text).suggestions[0][0]


def _tfidf(tokenizer: Callable[[str], list[str]]) -> TfidfVectorizer:
    return TfidfVectorizer(tokenizer=tokenizer, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True)


OURS = "ours"
USUAL = "usual"
FASTTEXT = "fasttext"

PEERS = {
    OURS: Peer("complaint-router", _fit_ours, _load_ours),
    USUAL: Peer(
        "pymorphy3 + TF-IDF + logistic regression",
        _fit_usual,
        _load_sklearn,
    ),
    "cached": Peer(
        "the same, lemmas cached",
        _fit_sklearn(_tfidf(lemmatise_cached), LogisticRegression(C=10, max_iter=300)),
        _load_sklearn,
    ),
    "hashing": Peer(
        "HashingVectorizer + SGD",
        _fit_sklearn(HashingVectorizer(ngram_range=(1, 2)), SGDClassifier(loss="log_loss", random_state=0)),
        _load_sklearn,
    ),
    FASTTEXT: Peer(
        "fastText, characters 3 to 6, word pairs",
        _fit_fasttext(minn=3, maxn=6, wordNgrams=2, bucket=200_000),
        _load_fasttext,
    ),
    "fasttext_words": Peer("fastText, words only", _fit_fasttext(), _load_fasttext),
    "spacy": Peer("spaCy, bag of words", _fit_spacy, _load_spacy),
}
