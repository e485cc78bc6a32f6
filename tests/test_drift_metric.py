"""What `/metrics` says of drift: distances from the corpus of the model that serves, over all workers."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from router import Classifier
from router.drift import CONFIDENCE as FINE
from router.drift import LENGTH as LENGTHS
from router.drift import UNKNOWN
from router.web import create_app, metrics
from training.windows import window

TEXTS = [
    "не могу вывести деньги уже неделю",
    "приложение вылетает при входе",
    "код из смс не приходит",
    "хамит оператор",
]
TEXTS = [f"{text}, обращение номер {n}" for n in range(15) for text in TEXTS]


def with_reference(classifier: Classifier, reference: dict) -> Classifier:
    model = replace(classifier.model, meta=classifier.model.meta | {"reference": reference})
    return Classifier(model, classifier.policy)


def figures(client: FlaskClient) -> dict[str, float]:
    text = client.get("/metrics").text
    return {
        key: float(value) for key, value in re.findall(r'^complaint_router_drift{statistic="(\w+)"} (\S+)$', text, re.M)
    }


@pytest.fixture
def served(classifier: Classifier) -> Iterator[FlaskClient]:
    """A service whose model was fitted on just these texts, as it were."""
    own = window("", TEXTS, classifier).sample
    own.lemmas = None
    with create_app(classifier=with_reference(classifier, own.as_json())).test_client() as found:
        yield found


def test_the_very_corpus_has_no_distance(served: FlaskClient) -> None:
    assert figures(served) == {}  # nothing was classified yet
    for text in TEXTS:
        assert served.post("/v1/classify", json={"text": text}).status_code == 200
    found = figures(served)
    assert set(found) == {"categories", "decisions", "confidence", "unknown", "length"}
    assert max(found.values()) == pytest.approx(0)


def test_other_traffic_is_at_a_distance(served: FlaskClient) -> None:
    text = "Абракадабрий бумбармуку вчера кырпыкнул, и шмоздит деньги " * 3
    for _ in range(20):
        served.post("/v1/classify", json={"text": text})
    found = figures(served)
    assert min(found["length"], found["unknown"], found["categories"]) > 0.2
    assert max(found.values()) <= 1


@pytest.mark.parametrize("reference", [None, {}, {"texts": 3}, {"texts": "many"}, 5])
def test_a_model_without_a_usable_reference_keeps_no_other_figure_back(classifier: Classifier, reference) -> None:
    meta = {key: value for key, value in classifier.model.meta.items() if key != "reference"}
    meta |= {} if reference is None else {"reference": reference}
    with create_app(classifier=Classifier(replace(classifier.model, meta=meta))).test_client() as client:
        client.post("/v1/classify", json={"text": TEXTS[0]})
        assert figures(client) == {}
        assert "complaint_router_unknown_count 1.0" in client.get("/metrics").text


@pytest.mark.parametrize(
    ("coarse", "fine"), [(metrics.CONFIDENCE, FINE), (metrics.UNKNOWN, UNKNOWN), (metrics.LENGTH, LENGTHS)]
)
def test_edges_of_the_histograms_are_edges_of_the_reference(coarse, fine) -> None:
    """Otherwise texts in a bin astride an edge would look like drift."""
    assert set(coarse) <= set(fine)


def test_several_workers_are_summed(tmp_path: Path, classifier: Classifier) -> None:
    """The figures come from what all workers share, not from the one that is asked."""
    script = (
        "import sys; from pathlib import Path; from router import Classifier\n"
        "from router.web.metrics import Metrics; from router.web.drift import DriftFigures\n"
        "one = Classifier.load(); found = Metrics(Path(sys.argv[1]))\n"
        "for text in sys.argv[2:]: found.classified(one.classify(text))\n"
        "counts = {f.name: f for f in found.shared().collect()}\n"
        "print([s.value for s in counts['complaint_router_length'].samples if s.name.endswith('_count')])\n"
    )
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": ""}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path), *TEXTS[:5]],
            capture_output=True, text=True, check=True, env=environment, cwd=Path(__file__).parent.parent,
        ).stdout.strip()
        for _ in range(2)
    ]  # fmt: skip
    assert outputs == ["[5.0]", "[10.0]"]
