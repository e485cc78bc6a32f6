"""What a notebook shows: all of the text, escaped, with the votes that the evidence states."""

import re
from html import unescape

import pytest

from router import Classifier
from training.pipeline import Parameters, make_pipeline

HOSTILE = "<script>alert(1)</script> Оператор хамит & молчит,\nденьги не пришли. Подам в суд!"


def shown(html: str) -> str:
    [(_, text)] = re.findall(r'<p style="white-space:(pre-wrap)[^>]*>(.*?)</p>', html, re.S)
    return unescape(re.sub(r"<[^>]+>", "", text))


@pytest.mark.parametrize(
    "text", [HOSTILE, "ok", "ne mogu vyvesti dengi", "😡" * 5 + " деньги", "\u202eденьги\u202c верните"]
)
def test_the_text_is_shown_whole_and_escaped(classifier: Classifier, text: str) -> None:
    html = classifier.classify(text)._repr_html_()
    assert shown(html) == text
    assert "<script" not in html


def test_votes_and_chances_are_those_of_the_answer(classifier: Classifier) -> None:
    answer = classifier.classify(HOSTILE)
    html = answer._repr_html_()
    strongest = max(answer.evidence, key=lambda item: item.vote)
    assert f'title="{strongest.category} {strongest.vote:+.3f}">{strongest.text}</span>' in html
    assert all(f"{value:.1%}" in html for _, value in answer.suggestions)
    assert answer.queue in html
    assert 'text-decoration:underline"' in html, "the risk is marked"


def test_a_classifier_shows_its_model_and_categories(classifier: Classifier) -> None:
    html = classifier._repr_html_()
    assert classifier.model.id in html
    assert all(category.title in html and category.queue in html for category in classifier.policy.categories)


def test_the_pipeline_shows_its_steps() -> None:
    html = make_pipeline(Parameters(), {})._repr_html_()
    assert "AdditiveClassifier" in html
