"""A row in quarantine as whoever settles it sees it: text, label, what the model thinks and why, the reasons."""

from collections.abc import Sequence

from rich.console import Group
from rich.panel import Panel
from rich.text import Text

from router.categories import NONE
from router.classifier import Classification
from router.evidence import Evidence
from training.feedback.book import Row
from training.feedback.quarantine import MODEL, NEAR_DUPLICATE, Reason

STRONGEST = 6
"""How many of the words that voted are named."""
NAMELESS = "an agent without a name"


SIGNS = "123456789abcefghijlmnoprtuvwxyz"
"""The keys of the categories, in their order; k, d, s and q are taken."""


def card(row: Row, answer: Classification) -> Panel:
    """The whole card; what a client wrote can steer no terminal."""
    reasons = [Text(f"contradicts {told(reason)}") for reason in row["quarantine"]]
    who = _harmless(row["agent"] or NAMELESS)
    label = Text.assemble("label: ", (row["label"], "bold"), f" by {who}, {row['at']} ({row['feedback']})")
    return Panel(Group(_text(answer), Text(), label, *_suggestion(answer), *reasons), title=row["number"])


def told(reason: Reason) -> str:
    """A reason in words."""
    if reason["reason"] == MODEL:
        return f"the model {reason['model']}: {reason['label']} at {reason['confidence']:.3f}"
    who = _harmless(reason["agent"] or NAMELESS)
    what = "a near-duplicate" if reason["reason"] == NEAR_DUPLICATE else "a second agent"
    return f"{what}: {reason['label']} by {who} ({reason['number']})"


def keys(categories: Sequence[str]) -> Text:
    """The line that says which keys there are."""
    numbered = [f"{sign} {key}" for sign, key in zip(SIGNS, categories, strict=False)]
    return Text(" · ".join(["k keep", *numbered, f"0 {NONE}", "d drop", "s skip", "q quit"]), style="dim")


def _text(answer: Classification) -> Text:
    """The text with the words that voted most, for the likeliest category in green and against it in red."""
    text = Text(_harmless(answer.text))
    for item in _strongest(answer):
        text.stylize("bold green" if item.category == answer.suggestions[0][0] else "bold red", item.start, item.end)
    return text


def _harmless(text: str) -> str:
    """The text, as long as before, without the signs that steer a terminal."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)


def _suggestion(answer: Classification) -> list[Text]:
    shares = ", ".join(f"{key} {value:.1%}" for key, value in answer.suggestions)
    best = answer.suggestions[0][0]
    voted = (f"{item.text} {'+' if item.category == best else '-'}{item.vote:.2f}" for item in _strongest(answer))
    return [Text(f"model {answer.model}: {shares}"), Text(f"because of: {', '.join(voted) or 'nothing'}")]


def _strongest(answer: Classification) -> list[Evidence]:
    return sorted(answer.evidence, key=lambda item: -item.vote)[:STRONGEST]
