"""The promise of `auto`, measured by blind audit: the interval, and a category that breaks it."""

from copy import copy
from dataclasses import replace

import pytest
from scipy.stats import binomtest

from router import complaints as life
from router.contract import LOOK_EVERY, Contract, findings, interval, without_auto
from router.errors import StoreError
from router.store import labels
from router.web import create_app
from tests.test_desk import html, post

CLEAR = "Третий день не могу вывести деньги, вывод завис, выплата не пришла"


@pytest.mark.parametrize("of", [1, 2, 7, 60, 999, 23_000])
def test_the_interval_is_scipys_whatever_the_counts(of: int) -> None:
    for right in {0, 1, of // 20, of // 3, of // 2, of - of // 20, of - 1, of}:
        expected = binomtest(right, of).proportion_ci(0.95, "exact")
        assert interval(right, of) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(18, 20, 0.683, 0.988), (0, 10, 0.0, 0.308), (10, 10, 0.692, 1.0), (950, 1000, 0.935, 0.963), (0, 1, 0.0, 0.975)],
)
def test_the_interval_is_that_of_clopper_and_pearson(right: int, of: int, low: float, high: float) -> None:
    """Figures of scipy.stats.binomtest(right, of).proportion_ci()."""
    assert interval(right, of) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


@pytest.mark.parametrize(("wrong", "of", "broken"), [(1, 1, False), (2, 2, True), (2, 20, False), (5, 20, True)])
def test_the_promise_is_broken_only_beyond_doubt(wrong: int, of: int, broken: bool) -> None:
    (found,) = findings([("financial", number >= wrong) for number in range(of)])
    assert (found.audited, found.right, found.broken) == (of, of - wrong, broken)


def audit(store, classifier, count: int, category: str) -> None:
    for _ in range(count):
        made = life.register(store, classifier, life.Filing(CLEAR)).complaint
        life.categorise(store, life.Act(made.id, "Анна"), category, "payments", blind=True)


def test_a_category_that_breaks_it_is_auto_no_more_until_another_model_serves(store, classifier) -> None:
    now = [0.0]
    contract = Contract(store, lambda: now[0])
    assert contract.kept(classifier) is classifier
    audit(store, classifier, 5, "service")
    assert contract.kept(classifier) is classifier  # it looks once a minute
    now[0] += LOOK_EVERY
    kept = contract.kept(classifier)
    assert contract.broken() == ["financial"]
    assert classifier.classify(CLEAR).decision.kind == "auto"
    assert kept.classify(CLEAR).decision.kind == "suggest"
    assert kept.classify(CLEAR).suggestions == classifier.classify(CLEAR).suggestions
    assert contract.kept(classifier) is kept
    other = without_auto(classifier, ["software"])
    assert contract.kept(other) is not kept


def test_an_audit_counts_also_when_a_colleague_confirms_or_corrects_it(store, classifier) -> None:
    audit(store, classifier, 5, "service")
    made = [one.complaint_id for one in store.read(labels.all_labels)]
    for one in made:
        life.categorise(store, life.Act(one, "Борис"), "service", "support-quality")
    contract = Contract(store)
    contract.look(classifier)
    assert contract.broken() == ["financial"]
    life.categorise(store, life.Act(made[0], "Борис"), "financial", "payments")
    assert store.read(labels.audited, classifier.model.id).count(("financial", True)) == 1


def test_what_the_router_did_not_place_is_no_audit_however_it_is_sent(audited, store, classifier) -> None:
    audit(store, classifier, 1, "financial")
    vague = life.register(store, classifier, life.Filing("ужас!!!")).complaint
    assert vague.category is None
    path = f"/desk/complaints/{vague.id}/audit"
    assert post(audited, "/desk/try", path, category="service", version="1").status_code == 303
    assert audited.post("/v1/classify", json={"text": CLEAR}).status_code == 200
    assert store.read(labels.audited, classifier.model.id) == [("financial", True)]


def test_what_chance_did_not_draw_is_no_audit(audited, store, classifier) -> None:
    made = life.register(store, classifier, life.Filing(CLEAR)).complaint
    path = f"/desk/complaints/{made.id}/audit"
    for share, status in ((0.0, 404), (1.0, 303)):
        audited.application.extensions["audit_share"] = share
        assert post(audited, "/desk/try", path, category="service", version="1").status_code == status
        assert len(store.read(labels.audited, classifier.model.id)) == share


def test_audits_that_agree_change_nothing(store, classifier) -> None:
    audit(store, classifier, 5, "financial")
    assert Contract(store).kept(classifier) is classifier


def test_threads_that_look_for_two_models_do_not_mix_what_they_find(store, classifier, monkeypatch) -> None:
    """While a model is promoted, requests of the old one and of the new one are under way together."""
    audit(store, classifier, 5, "service")
    contract = Contract(store)
    other = copy(classifier)
    other.model = replace(classifier.model, id="other")

    def interrupted(*given):
        monkeypatch.undo()
        assert contract.look(other) is other
        return without_auto(*given)

    monkeypatch.setattr("router.contract.without_auto", interrupted)
    kept = contract.kept(classifier)
    assert kept.classify(CLEAR).decision.kind == "suggest"
    assert contract.broken() == ["financial"]
    assert contract.kept(classifier) is kept


def test_while_the_database_does_not_answer_nothing_changes(store, classifier, monkeypatch) -> None:
    now = [0.0]
    contract = Contract(store, lambda: now[0])
    audit(store, classifier, 5, "service")
    contract.kept(classifier)
    now[0] += LOOK_EVERY

    def away(*_):
        raise StoreError("away")

    monkeypatch.setattr(store, "read", away)
    assert contract.kept(classifier).classify(CLEAR).decision.kind == "suggest"


@pytest.fixture
def audited(store, classifier):
    """A client of a service that audits everything."""
    app = create_app(classifier=classifier, store=store)
    app.extensions["audit_share"] = 1.0
    with app.test_client() as found:
        yield found


def test_agents_audit_blind_and_a_broken_promise_is_shown_and_measured(audited, store, classifier) -> None:
    made = [life.register(store, classifier, life.Filing(CLEAR)).complaint for _ in range(5)]
    assert "Слепая проверка: 5" in html(audited, "/desk")
    for complaint in made:
        page = html(audited, "/desk/audit")
        assert "<mark" not in page
        assert "%" not in page.split("<main")[1]
        assert (
            post(audited, "/desk/audit", f"/desk/complaints/{complaint.id}/audit", category="service").status_code
            == 303
        )
    assert "Проверять пока нечего" in html(audited, "/desk/audit")
    assert "точность ниже обещанной" in html(audited, "/desk")
    metrics = audited.get("/metrics").text
    assert 'complaint_router_contract_broken{category="financial"} 1.0' in metrics
    assert 'complaint_router_audited_precision{category="financial"} 0.0' in metrics
    made = audited.post("/v1/complaints", json={"text": CLEAR}).json
    assert made["classification"]["decision"] == "suggest"
    assert "0 из 5" in html(audited, "/desk/team")


def test_two_agents_audit_the_same_complaint_and_one_is_kept(audited, store, classifier) -> None:
    made = life.register(store, classifier, life.Filing(CLEAR)).complaint
    path = f"/desk/complaints/{made.id}/audit"
    html(audited, "/desk/audit")
    life.categorise(store, life.Act(made.id, "Борис"), "financial", "payments", blind=True)
    refused = post(audited, "/desk/try", path, category="service", version="1")
    assert refused.status_code == 409
    assert "занялся коллега" in refused.text
    assert store.read(labels.audited, classifier.model.id) == [("financial", True)]
    assert post(audited, "/desk/try", path, category="nonsense", version="1").status_code == 400
