"""Seven categories of a made online shop: fitted, promoted, served live, worked with at the desk, and taken back."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.service import Service
from router import Classifier, artefact, policy
from router import complaints as life
from router.cli import main as router_main
from router.live import Live
from router.policy import Case, Rules
from router.settings import Settings, shipped_models
from router.store import Store, desk, labels, queries
from router.web import create_app
from tests.browser import LOOKS, chromium, visitor
from tests.conftest import ROOT
from tests.test_desk import html, post
from tests.test_desk_browser import violations
from training import corpus, registry
from training.cli import main as training_main
from training.feedback.labels import rows as labelled_rows

FILE = ROOT / "tests" / "data" / "shop.toml"
DATA = ROOT / "tests" / "data" / "shop.jsonl"
FOUR = artefact.current_id(shipped_models())
KEYS = ("delivery", "returns", "payment", "quality", "staff", "account", "app")
TITLES = ("Доставка", "Возврат и обмен", "Оплата и бонусы", "Качество товара", "Работа сотрудников", "Личный кабинет")
APP = "Приложение зависает на заставке после обновления"
DOOR = "Курьер так и не приехал, посылка застряла на складе"
MONEY = "Третий день не могу вывести деньги"


def run(main, *words: object, code: int = 0) -> str:
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == code, found.output
    return found.output


@pytest.fixture(scope="module")
def fitted(tmp_path_factory) -> tuple[Path, str]:
    """A registry with the shipped model, which is current, and one of seven categories; and the latter's id."""
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(shipped_models() / FOUR, folder / FOUR)
    registry.promote(folder, FOUR, "shipped")
    return folder, run(training_main, "fit", "--data", DATA, "--categories", FILE, "--models", folder).strip()


@pytest.fixture
def models(fitted, tmp_path: Path, monkeypatch) -> Path:
    """A copy of that registry, which the service and the commands use."""
    folder = Path(shutil.copytree(fitted[0], tmp_path / "models"))
    monkeypatch.setenv("COMPLAINT_ROUTER_MODELS", str(folder))
    return folder


@pytest.fixture
def shop(fitted, models: Path) -> str:
    """The id of the model of seven categories, which is current."""
    run(training_main, "promote", fitted[1], "--why", "a shop", "--models", models)
    return fitted[1]


class Running:
    """An application over the registry, whose model is taken anew when it is promoted."""

    def __init__(self, models: Path, store: Store) -> None:
        self.app = create_app(Settings(models=models, audit_share=1), Classifier.load(models=models), store)
        self.client = self.app.test_client()
        self.live: Live = self.app.extensions["live"]

    def register(self, text: str) -> dict:
        answer = self.client.post("/v1/complaints", json={"text": text})
        assert answer.status_code == 201
        return answer.json

    def get(self, path: str):
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def database(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path}/complaints.sqlite") as found:
        yield found


@pytest.fixture
def running(models: Path, shop: str, database: Store) -> Running:
    return Running(models, database)


def test_the_model_knows_its_categories_and_how_it_was_judged(models: Path, shop: str) -> None:
    meta = artefact.read_meta(models / shop)
    assert tuple(meta["taxonomy"]["categories"]) == KEYS
    assert meta["notes"] == ["no second writer is named", "no second industry is named"]
    assert meta["out_of_fold"]["macro_f1"] > 0.6
    assert set(meta["prior"]) == set(KEYS)
    page = (models / shop / "report.html").read_text()
    assert "no second writer is named" in page
    assert "Личный кабинет" in page
    assert "synthetic" not in page
    registry.verify(models / shop)


def test_other_titles_make_another_model_and_other_labels_none(models: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(DATA.read_text().replace('"label": "app"', '"label": "apps"'))
    words = ("--categories", FILE, "--models", tmp_path)
    message = "label must be one of delivery, returns, payment, quality, staff, account, app, none, got 'apps'"
    assert message in run(training_main, "fit", "--data", bad, *words, code=1)
    assert message in run(training_main, "check", bad, "--categories", FILE, code=1)
    bad.write_text("".join(line for line in DATA.read_text().splitlines(True) if '"app"' not in line))
    assert "at least 5 complaints of every category, found 0 of app" in run(
        training_main, "fit", "--data", bad, *words, code=1
    )
    assert "label must be one of financial" in run(training_main, "fit", "--data", DATA, "--models", tmp_path, code=1)
    assert "206 rows, 0 faults" in run(training_main, "check", DATA, "--categories", FILE)


def test_two_categories_are_enough(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(
        "".join(f'[categories.{key}]\ntitle = "{key}"\nqueue = "{key}"\n' for key in ("goods", "people")),
    )
    label = {"delivery": "goods", "quality": "goods", "staff": "people", "account": "people"}
    found = [{"text": row.text, "label": label[row.label]} for row in corpus.read(DATA, KEYS) if row.label in label]
    (tmp_path / "two.jsonl").write_text("".join(json.dumps(row) + "\n" for row in found))
    words = ("--data", tmp_path / "two.jsonl", "--models", tmp_path / "models")
    model = run(training_main, "fit", *words, "--categories", tmp_path / "two.toml").strip()
    figures = json.loads(run(training_main, "evaluate", *words, "--model", model, "--json"))
    assert min(of["recall"] for of in figures["categories"].values()) > 0.8


def test_every_command_takes_the_categories_from_the_model(models: Path, shop: str, tmp_path: Path) -> None:
    own = ("--models", models)
    figures = json.loads(run(training_main, "evaluate", "--data", DATA, "--json", *own))
    assert tuple(figures["categories"]) == tuple(figures["auto"]["categories"]) == KEYS
    assert len(figures["confusion"]) == 7
    assert "label must be one of delivery" in run(
        training_main, "evaluate", "--data", ROOT / "data" / "complaints.jsonl", *own, code=1
    )
    few = tmp_path / "few.jsonl"
    few.write_text("".join(DATA.read_text().splitlines(True)[::6]))
    assert "translit" in run(training_main, "robustness", "--data", few, "--corpus", DATA, *own)
    assert "macro-F1" in run(training_main, "external", "--data", few, "--corpus", DATA, *own)
    assert "returns: never auto" in run(training_main, "calibrate", "--data", few, "--target", "0.8", *own)
    registry.verify(models / shop)


def test_texts_are_classified_one_by_one_and_in_bulk(models: Path, shop: str, tmp_path: Path) -> None:
    output = run(router_main, "classify", DOOR)
    assert output.startswith("couriers: ")
    for title in TITLES:
        assert title in output
    (tmp_path / "rows.txt").write_text(f"{DOOR}\n{APP}\n" * 600)
    for jobs in (1, 2):
        lines = run(router_main, "classify", "--input", tmp_path / "rows.txt", "--jobs", jobs).splitlines()
        found = [json.loads(line) for line in lines]
        assert [row["suggestions"][0]["category"] for row in found] == ["delivery", "app"] * 600
        assert len(found[0]["suggestions"]) == 7


def test_the_api_speaks_of_the_seven(running: Running, shop: str) -> None:
    found = running.get("/v1/categories")["categories"]
    assert [category["key"] for category in found] == list(KEYS)
    assert found[0] == {
        "key": "delivery",
        "title": "Доставка",
        "queue": "couriers",
        "about": "late, lost and misplaced parcels",
    }
    answer = running.client.post("/v1/classify", json={"text": DOOR, "explain": True}).json
    assert (answer["suggestions"][0]["category"], answer["model"]) == ("delivery", shop)
    assert {item["for"] for item in answer["evidence"]} <= set(KEYS)
    assert [load["queue"] for load in running.get("/v1/queues")["queues"]][-2:] == ["apps", "triage"]
    made = running.register(DOOR)
    assert made["respond_within_hours"] == 36
    fixed = running.client.post(f"/v1/complaints/{made['id']}/category", json={"category": "app"})
    assert (fixed.status_code, fixed.json["queue"]) == (200, "apps")
    refused = running.client.post(f"/v1/complaints/{made['id']}/category", json={"category": "financial"})
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_request")
    assert "must be one of delivery, returns" in refused.json["detail"]
    assert enum(running) == list(KEYS)
    figures = running.client.get("/metrics").text
    assert 'complaint_router_queue_open{queue="apps"} 1.0' in figures


def enum(running: Running) -> list[str]:
    schemas = running.get("/openapi/openapi.json")["components"]["schemas"]
    return schemas["CategoryRequest"]["properties"]["category"]["enum"]


def test_the_desk_shows_seven_bars_and_keys(running: Running, database: Store) -> None:
    made, _ = running.register(DOOR), running.register(APP)
    queues = html(running.client, "/desk")
    assert all(title in queues for title in TITLES)
    page = html(running.client, f"/desk/complaints/{made['id']}")
    assert page.count('class="share"') == 7
    assert 'value="app" data-key="7" class="choice c7"' in page
    assert "mark" in page
    assert "Доставка" in html(running.client, "/desk/queues/all?state=all")
    path = f"/desk/complaints/{made['id']}"
    assert post(running.client, path, f"{path}/category", category="app").status_code == 303
    assert post(running.client, path, f"{path}/category", category="financial").status_code == 400
    last = database.read(desk.last_change, made["id"])
    assert (last.category, last.queue) == ("app", "apps")
    team = html(running.client, "/desk/team")
    assert '<rect class="c7"' in team
    assert "Сайт и приложение" in team
    tried = post(running.client, "/desk/try", "/desk/try", text=APP).text
    assert tried.count('class="share"') == 7
    assert [row["label"] for row in labelled_rows(database)] == ["app"]


@pytest.mark.browser
def test_key_7_chooses_the_seventh_category_in_a_browser(models: Path, shop: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/browser.sqlite"
    with Store.open(url) as opened:
        made = life.register(opened, Classifier.load(models=models), life.Filing(DOOR)).complaint
    with Service(url, tmp_path / "log") as service, chromium() as browser:
        for look in LOOKS:
            with visitor(browser, **LOOKS[look], reduced_motion="reduce") as page:
                page.goto(f"http://127.0.0.1:{service.port}/desk/complaints/{made.id}?queue=all")
                assert violations(page) == []
                bars = page.locator(".choice .fill").evaluate_all("all => all.map(it => getComputedStyle(it).fill)")
                assert len(set(bars)) == 7
        with visitor(browser, **LOOKS["light"]) as page:
            page.goto(f"http://127.0.0.1:{service.port}/desk/complaints/{made.id}?queue=all")
            page.keyboard.press("8")
            page.keyboard.press("7")
            page.locator(".toast", has_text="Сайт и приложение").wait_for()
    with Store.open(url) as opened:
        assert opened.read(queries.complaint, made.id).queue == "apps"


def test_more_than_nine_categories_have_buttons_but_not_keys(models: Path, shop: str, database: Store) -> None:
    """Twelve: the seven and five more. Packed votes, fit and pages hold them all."""
    model = artefact.load(models, shop)
    content = FILE.read_text() + "".join(
        f"[categories.more{number}]\ntitle = 'Ещё {number}'\nqueue = 'q{number}'\n" for number in range(5)
    )
    (models / "twelve.toml").write_text(content)
    rows = [json.loads(line) for line in DATA.read_text().splitlines()[::3]]
    words = ("зонтик", "велосипед", "аквариум", "гитара", "палатка")
    rows += [
        {"text": f"{word} номер {place} купить негде", "label": f"more{number}"}
        for number, word in enumerate(words)
        for place in range(6)
    ]
    (models / "twelve.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    words = ("--data", models / "twelve.jsonl", "--categories", models / "twelve.toml", "--models", models)
    found = run(training_main, "fit", *words).strip()
    registry.promote(models, found, "twelve")
    running = Running(models, database)
    assert len(running.live.current().classify("гитара номер два").suggestions) == 12
    assert running.live.current().classify("гитара купить негде").suggestions[0][0] == "more3"
    assert found != model.id
    page = html(running.client, f"/desk/complaints/{running.register(APP)['id']}")
    assert page.count('name="category"') == 12
    assert 'data-key="9"' in page
    assert 'data-key="10"' not in page


def test_the_promoted_taxonomy_is_taken_live_and_taken_back(models: Path, fitted, database: Store) -> None:
    running = Running(models, database)
    live, client = running.live, running.client
    old = running.register(MONEY)
    assert (old["queue"], enum(running)[0]) == ("payments", "financial")
    registry.promote(models, fitted[1], "a shop")
    live.look()
    assert live.current().model.id == fitted[1]
    new = running.register(DOOR)
    assert [load["queue"] for load in running.get("/v1/queues")["queues"]] == [
        *("couriers", "returns", "cashiers", "quality-control", "people", "accounts", "apps", "triage", "payments")
    ]
    queues = html(client, "/desk")
    assert "Доставка" in queues
    assert "Платежи и расчёты" in queues
    page = html(client, f"/desk/complaints/{old['id']}")
    assert "Сейчас: «Платежи и расчёты»" in page
    assert page.count('class="share"') == 7
    path = f"/desk/complaints/{old['id']}"
    assert post(client, path, f"{path}/category", category="payment").status_code == 303
    assert client.get("/v1/complaints?queue=cashiers").json["complaints"][0]["id"] == old["id"]
    for page in ("", "/queues/all?state=all", "/team", "/audit"):
        html(client, f"/desk{page}")
    answer = client.post(f"/v1/complaints/{new['id']}/category", json={"category": "delivery"})
    assert answer.json["queue"] == "couriers"

    registry.promote(models, FOUR, "back")
    live.look()
    assert live.current().model.id == FOUR
    assert enum(running) == ["financial", "technical", "service", "software"]
    assert running.get(f"/v1/complaints/{new['id']}")["category"] == "delivery"
    page = html(client, f"/desk/complaints/{new['id']}")
    assert "Сейчас: «Доставка»" in page
    assert page.count('class="share"') == 4
    assert "Доставка" in html(client, "/desk/team")
    assert html(client, "/desk/queues/couriers?state=waiting").count("data-row") == 1
    path = f"/desk/complaints/{new['id']}"
    assert post(client, path, f"{path}/category", category="service").status_code == 303
    assert database.read(queries.complaint, new["id"]).queue == "support-quality"
    assert "Доставка → Качество поддержки" in " ".join(html(client, path).split())
    assert len(list(labelled_rows(database))) == 2


def test_an_audit_among_other_categories_says_nothing_of_a_model(models: Path, fitted, database: Store) -> None:
    running = Running(models, database)
    sure = "Деньги списали дважды, верните деньги за перевод на карту, деньги не вывести"
    made = running.register(sure)
    assert made["classification"]["decision"] == "auto"
    assert "Слепая проверка" in html(running.client, "/desk/audit")
    registry.promote(models, fitted[1], "a shop")
    running.live.look()
    assert "Проверять пока нечего" in html(running.client, "/desk/audit")
    life.categorise(database, life.Act(made["id"], "Анна"), "payment", "cashiers", blind=True)
    assert database.read(labels.audited, FOUR) == []
    html(running.client, "/desk/team")


def test_a_policy_that_does_not_fit_the_promoted_model_is_refused_and_the_old_one_stays(models: Path, fitted) -> None:
    rules = Rules("policy.toml", b"[categories.software]\ntitle = 'IT'\n")
    live = Live(Classifier.load(FOUR, models, rules), models)
    registry.promote(models, fitted[1], "a shop")
    live.look()
    assert live.current().model.id == FOUR
    rules = Rules("policy.toml", b"[hours]\nnot_auto = 7\n[categories.app]\nqueue = 'it'\n")
    found = Classifier.load(fitted[1], models, rules).policy
    assert (found.queue("app"), found.hours(Case("suggest", None, (), "app"))) == ("it", 7)


def test_the_pipeline_and_the_table_agree(models: Path, shop: str) -> None:
    import joblib
    import numpy as np

    from router.decision import probabilities

    pipeline = joblib.load(models / shop / artefact.PIPELINE)
    classifier = Classifier.load(shop, models)
    texts = [row.text for row in corpus.read(DATA, KEYS)]
    order = [list(pipeline.classes_).index(key) for key in KEYS]
    ours = np.array([probabilities(classifier.votes.score(text).values) for text in texts])
    assert np.abs(pipeline.predict_proba(texts)[:, order] - ours).max() < 1e-6
    assert policy.read(b"", "", classifier.model.taxonomy) == classifier.policy
