"""How a classification and a classifier look in a notebook: HTML of their own, with nothing loaded from anywhere."""

from markupsafe import Markup

from router.classifier import Classification, Classifier
from router.highlights import STEPS, Piece, pieces

COLOURS = ("46, 125, 50", "21, 101, 192", "173, 20, 87", "230, 81, 0", "106, 27, 154", "0, 131, 143", "130, 119, 23")
"""Red, green and blue of the categories, in the model's order; further ones begin again."""
_CELL = Markup('<td style="text-align:left;padding:2px 8px">{}</td>')


def of_classification(answer: Classification) -> str:
    """The text with its words' votes as backgrounds (stronger votes darker, figures on hover), and what was decided."""
    colours = _colours(answer.votes.categories)
    text = Markup("").join(_marked(piece, colours) for piece in pieces(answer))
    bars = Markup("").join(_bar(key, value, colours[key]) for key, value in answer.suggestions)
    decision = answer.decision.kind + (f" ({answer.decision.reason})" if answer.decision.reason else "")
    head = Markup("<p><b>{}</b> → {}, {}, answer within {} h</p>").format(
        answer.category or "no category", answer.queue, decision, answer.respond_within_hours
    )
    body = Markup('<p style="white-space:pre-wrap;max-width:48em;line-height:1.7">{}</p><table>{}</table>')
    return str(head + body.format(text, bars))


def of_classifier(classifier: Classifier) -> str:
    """The model, its categories and from which confidence on it decides by itself."""
    thresholds, rows = classifier.model.thresholds.auto, []
    for category in classifier.policy.categories:
        least = f"{thresholds[category.key]:.3f}" if category.key in thresholds else "never"
        cells = (category.key, category.title, category.queue, f"auto from {least}")
        rows.append(Markup("<tr>{}</tr>").format(Markup("").join(map(_CELL.format, cells))))
    figures = classifier.model.meta.get("out_of_fold", {})
    known = f"out-of-fold macro-F1 {figures['macro_f1']:.3f} on {figures['texts']} texts" if figures else ""
    head = Markup("<p><b>Classifier</b> {} {}</p><table>{}</table>")
    return str(head.format(classifier.model.id, known, Markup("").join(rows)))


def _colours(categories: tuple[str, ...]) -> dict[str, str]:
    return {key: COLOURS[place % len(COLOURS)] for place, key in enumerate(categories)}


def _marked(piece: Piece, colours: dict[str, str]) -> Markup:
    """A piece of the text; a risk is underlined, the clause of a second issue dotted."""
    line = "underline" if piece.risk else "underline dotted" if piece.second else "none"
    if not piece.category or not piece.strength:
        return Markup('<span style="text-decoration:{}">{}</span>').format(line, piece.text)
    shade = f"rgba({colours[piece.category]}, {0.6 * piece.strength / STEPS:.2f})"
    style = f"background:{shade};text-decoration:{line}"
    title = f"{piece.category} {piece.vote:+.3f}"
    return Markup('<span style="{}" title="{}">{}</span>').format(style, title, piece.text)


def _bar(key: str, value: float, colour: str) -> Markup:
    bar = Markup('<div style="background:rgb({});height:0.8em;width:{:.1f}em"></div>').format(colour, 12 * value)
    return Markup("<tr>{}</tr>").format(Markup("").join(map(_CELL.format, (key, f"{value:.1%}", bar))))
