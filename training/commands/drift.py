"""The command that says whether the traffic has changed, and in what."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from router.classifier import Classifier
from router.commands import database_url
from router.drift import Sample
from router.store import Store
from router.store.traffic import filed
from training import corpus, registry
from training import drift as tests
from training.commands import FILE, models_option
from training.commands.figures import console
from training.reference import of_model
from training.spans import span, span_or_none
from training.windows import Window, example, window

SHOWN = 8
"""Lemmas that are named."""
OWN = "It answers: has this traffic changed? At most {alpha:.1%} of such looks are false alarms where it has not."
CORPUS = (
    "It answers: is this like the corpus that the model was fitted on? Nobody's traffic quite is, so take no alarm "
    "from it: for that compare with an earlier window of your own, --reference 30d or a file of --save."
)


@click.command()
@click.option("--data", type=FILE, help="The window: JSON lines with a text; otherwise it comes from the database.")
@click.option("--since", type=span, default="7d", show_default=True, help="The window in the database: until now.")
@click.option(
    "--reference",
    "earlier",
    metavar="SPAN|FILE",
    help="An earlier window of your own: 30d for the 30 days before, a file of --save, or JSON lines with a text.",
)
@click.option("--save", type=FILE, help="Keep the window's statistics, as a later look's --reference.")
@click.option("--alpha", type=click.FloatRange(tests.LEAST_ALPHA, 0.2), default=tests.ALPHA, show_default=True)
@click.option("--fail", is_flag=True, help="End with exit code 1 where something has drifted.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON.")
@click.option("--model", help="The model's id; the current one by default.")
@models_option
@database_url
def drift(
    data: Path | None,
    since: timedelta,
    earlier: str | None,
    save: Path | None,
    alpha: float,
    fail: bool,
    as_json: bool,
    model: str | None,
    models: Path,
    database_url: str,
) -> None:
    """Say whether complaints of a window differ from a reference, and in what.

    Compared are categories, decisions, confidence, unknown words, length and, with a reference of one's own, which
    lemmas became frequent. Without --reference the window is held against the model's corpus. --alpha is the share of
    looks that raise a false alarm, all statistics together.

    \b
    complaint-training drift --since 7d --reference 30d
    complaint-training drift --data october.jsonl --save october.json
    complaint-training drift --data november.jsonl --reference october.json --fail
    """
    classifier = Classifier.load(model, models)
    with ExitStack() as stack:
        store = None if data else stack.enter_context(Store.existing(database_url))
        found = _window(classifier, data, store, since)
        before, name = _reference(classifier, store, since, earlier)
    findings = tests.compare(found.sample, before, alpha)
    if save:
        kept = {"name": found.name, "model": classifier.model.id} | found.sample.as_json()
        registry.write_whole(save, (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode())
    answer = _answer(found, before, name, findings, OWN.format(alpha=alpha) if earlier else CORPUS)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _show(answer, findings)
    if fail and answer["drifted"]:
        raise SystemExit(1)


def _window(classifier: Classifier, data: Path | None, store: Store | None, since: timedelta) -> Window:
    if store is None:
        assert data is not None  # noqa: S101 - narrows the type; without it there is a store
        return window(data.name, _texts(data), classifier)
    now = store.clock()
    return _stored(classifier, store, now - since, now)


def _stored(classifier: Classifier, store: Store, begin: datetime, end: datetime) -> Window:
    name = f"{begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    return window(name, (each.text for each in filed(store, begin, end)), classifier)


def _texts(data: Path) -> Iterator[Any]:
    return (row.get("text") for file in corpus.data_files(data) for _, row in corpus.read_objects(file))


def _reference(
    classifier: Classifier, store: Store | None, since: timedelta, earlier: str | None
) -> tuple[Sample, str]:
    """The statistics to compare with, and what they are of."""
    if earlier is None:
        return of_model(classifier.model), f"the corpus of {classifier.model.id}, out of fold"
    length = span_or_none(earlier)
    if length is not None and store is not None:
        end = store.clock() - since
        found = _stored(classifier, store, end - length, end)
        return found.sample, found.name
    if length is not None and not Path(earlier).exists():
        raise click.UsageError("A span as --reference is taken from the database: give no --data, or a file.")
    if earlier.endswith(".json"):
        return _saved(Path(earlier), classifier.model.id)
    return window(earlier, _texts(Path(earlier)), classifier).sample, Path(earlier).name


def _saved(path: Path, model: str) -> tuple[Sample, str]:
    kept = corpus.parse_object(str(path), path.read_bytes())
    if kept.get("model") != model:
        click.echo(f"{path} was saved with model {kept.get('model')}, this is {model}: confidence may differ", err=True)
    return Sample.read(kept, str(path)), str(kept.get("name", path.name))


def _answer(found: Window, before: Sample, name: str, findings: list[tests.Finding], meaning: str) -> dict[str, Any]:
    """All that there is to say, for people and programs."""
    more = tests.new_words(found.sample, before) if before.lemmas is not None else []
    risen = [word for word in more if word.p <= tests.ALPHA][:SHOWN]
    named = {word.lemma for word in risen}
    unknown = [pair for pair in found.unknown_lemmas(2 * SHOWN, tests.WORD_TEXTS) if pair[0] not in named][:SHOWN]
    return {
        "drifted": any(finding.drifted for finding in findings),
        "window": {"name": found.name, "texts": found.sample.texts, "left_out": found.unread},
        "reference": {"name": name, "texts": before.texts, "meaning": meaning},
        "findings": [finding.as_json() for finding in findings],
        "more_frequent": [vars(word) | {"example": _example(found, word.lemma)} for word in risen],
        "unknown": [{"lemma": each, "texts": count, "example": _example(found, each)} for each, count in unknown],
    }


def _example(found: Window, lemma: str) -> str:
    return example(found.examples[lemma], lemma)


def _show(answer: dict[str, Any], findings: list[tests.Finding]) -> None:
    of, than = answer["window"], answer["reference"]
    left_out = f" ({of['left_out']} forgotten or unfit ones left out)" if of["left_out"] else ""
    click.echo(f"window: {of['texts']} complaints, {of['name']}{left_out}")
    click.echo(f"reference: {than['texts']} complaints, {than['name']}")
    click.echo(than["meaning"])
    table = Table("", "statistic", "reference", "window", "p, adjusted")
    for each in findings:
        p = f"{each.adjusted:.4f}"
        table.add_row("!" if each.drifted else "", each.statistic, escape(each.before), escape(each.now), p)
    console.print(table)
    drifted = [finding for finding in findings if finding.drifted]
    for finding in drifted:
        click.echo(f"{finding.statistic}: {finding.change}")
    for word in answer["more_frequent"]:
        earlier = f"{word['before']} of {than['texts']}" if word["before"] else "none"
        click.echo(f"  «{word['lemma']}» in {word['texts']} of {of['texts']}, before in {earlier}: {word['example']}")
    for word in answer["unknown"]:
        click.echo(f"  «{word['lemma']}», unknown to the model, in {word['texts']}: {word['example']}")
    click.echo(f"drift in {', '.join(each.statistic for each in drifted)}" if drifted else "no drift")
