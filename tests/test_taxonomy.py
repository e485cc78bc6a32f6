"""Categories of one's own: the file, its faults, the policy over it, folds of a corpus without writers."""

from pathlib import Path

import pytest

from router import ArtefactError, DataError, policy, taxonomy, toml
from router.ballots import COUNTS, Layout
from router.categories import CATEGORIES, KEYS, SHIPPED
from router.policy import Case, Rules
from router.taxonomy import MAX_CATEGORIES
from tests.conftest import LAYOUTS, ROOT
from training import corpus, folds, lexicon, shares
from training.folds import author, industry, writer

SHOP = taxonomy.load(ROOT / "tests" / "data" / "shop.toml")


def category(key: str, queue: str, **more: object) -> str:
    values = {"title": key.title(), "queue": queue} | more
    return f"[categories.{key}]\n" + "".join(f"{name} = {value!r}\n" for name, value in values.items())


TWO = category("delivery", "couriers") + category("returns", "returns")


def read(content: str) -> taxonomy.Taxonomy:
    return taxonomy.of(toml.parse(content.encode(), "c.toml"))


def test_the_file_gives_categories_in_its_order() -> None:
    assert SHOP.keys == ("delivery", "returns", "payment", "quality", "staff", "account", "app")
    assert (SHOP.categories[0].title, SHOP.categories[0].queue) == ("Доставка", "couriers")
    assert (SHOP.categories[0].hours, SHOP.categories[1].hours) == (12, None)
    assert SHOP.hours == {"not_auto": 36, "otherwise": 20}


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    content = category("a", "a") + category("b", "b")
    assert read("\ufeff" + content) == read(content)


def test_no_file_is_the_four_categories_of_the_router() -> None:
    assert taxonomy.load(None) is SHIPPED
    assert taxonomy.from_meta({}, "meta.json") is SHIPPED
    assert (SHIPPED.categories, SHIPPED.hours) == (CATEGORIES, {})


def test_it_travels_in_meta_json_unchanged() -> None:
    for found in (SHOP, SHIPPED):
        assert taxonomy.from_meta({"taxonomy": taxonomy.as_meta(found)}, "meta.json") == found


@pytest.mark.parametrize("stated", [None, {}, {"categories": {"a": {}}}, {"categories": []}])
def test_a_model_that_states_no_sound_taxonomy_is_refused(stated: object) -> None:
    with pytest.raises(ArtefactError, match=r"meta\.json: taxonomy"):
        taxonomy.from_meta({"taxonomy": stated}, "meta.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[categories", "c.toml: expected TOML in UTF-8"),
        ("", "c.toml: categories: expected 2 to 32 tables [categories.KEY], got none"),
        ("categories = 5", "c.toml: categories: expected a table ([categories]), got 5"),
        (category("one", "one"), "c.toml: categories: expected 2 to 32 tables [categories.KEY], got 1"),
        (
            "".join(category(f"c{number}", f"q{number}") for number in range(MAX_CATEGORIES + 1)),
            "c.toml: categories: expected 2 to 32 tables [categories.KEY], got 33",
        ),
        (TWO + category("none", "q"), "c.toml: categories.none: expected a key of lower-case Latin letters"),
        (TWO + category("triage", "q"), "c.toml: categories.triage: expected a key of lower-case Latin letters"),
        (TWO + category("Third", "q"), "c.toml: categories.Third: expected a key of lower-case Latin letters"),
        (TWO + category('"доставка"', "q"), "c.toml: categories.доставка: expected a key of lower-case"),
        (TWO + category("delivery", "q"), "c.toml: expected TOML in UTF-8: Cannot declare ('categories', 'delivery')"),
        (TWO + "[other]", "c.toml: other: unknown; expected one of categories, hours"),
        (
            TWO + category("third", "q", colour="red"),
            "c.toml: categories.third.colour: unknown; expected one of title, queue, about, hours",
        ),
        (TWO + "[categories.third]\nqueue = 'q'", "c.toml: categories.third.title: expected a text of 1 to 100"),
        (TWO + category("third", "q", title=" "), "c.toml: categories.third.title: expected a text of 1 to 100"),
        (
            TWO + category("third", "q", title="Returns"),
            "c.toml: categories.third.title: 'Returns' is already that of returns",
        ),
        (TWO + "[categories.third]\ntitle = 't'", "c.toml: categories.third.queue: expected lower-case Latin letters"),
        (TWO + category("third", "all"), "c.toml: categories.third.queue: expected lower-case Latin letters"),
        (TWO + category("third", "triage"), "c.toml: categories.third.queue: expected lower-case Latin letters"),
        (TWO + category("third", "returns"), "c.toml: categories.third.queue: 'returns' is already that of returns"),
        (TWO + category("third", "q", hours=0), "c.toml: categories.third.hours: expected whole hours from 1 to 720"),
        (TWO + category("third", "q", about=5), "c.toml: categories.third.about: expected a text of at most 200"),
        (TWO + "[hours]\nrisks = 5", "c.toml: hours.risks: unknown; expected one of risk, secondary, not_auto"),
        (TWO + "[hours]\nrisk = 0", "c.toml: hours.risk: expected whole hours from 1 to 720, got 0"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_a_file_that_does_not_fit_is_refused_by_one_line_naming_the_key(content: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(content)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_an_error_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.toml: cannot be read: No such file"):
        taxonomy.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("case", "hours"),
    [
        (Case("auto", None, (), "delivery"), 12),
        (Case("auto", None, (), "staff"), 72),
        (Case("auto", None, (), "app"), 20),
        (Case("suggest", None, (), "delivery"), 36),
        (Case("auto", "app", (), "delivery"), 48),
        (Case("triage", None, (), None), 36),
    ],
)
def test_the_categorys_own_hours_stand_in_for_otherwise(case: Case, hours: int) -> None:
    assert Rules().on(SHOP).hours(case) == hours


def test_a_policy_changes_a_models_own_titles_queues_and_hours() -> None:
    content = b"[hours]\notherwise = 5\n[categories.app]\ntitle = 'IT'\nqueue = 'it'\nhours = 6\n"
    found = policy.read(content, "p.toml", SHOP)
    assert (found.queue("app"), found.category("app").title, found.queue("staff")) == ("it", "IT", "people")
    assert [found.hours(Case("auto", None, (), key)) for key in ("app", "account", "delivery")] == [6, 5, 12]
    with pytest.raises(DataError, match=r"p\.toml: categories\.software: unknown; expected one of delivery, returns"):
        policy.read(b"[categories.software]", "p.toml", SHOP)


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("count", [7, 12, MAX_CATEGORIES])
def test_packed_votes_hold_as_many_fields_as_there_may_be_categories(count: int, kind: type[Layout]) -> None:
    """A category each and `none`; summed over the most words of a text."""
    layout = kind(count)
    votes = [(-1) ** place * (2**54 - place) for place in range(count + 1)]
    fields = layout.total([[layout.pack("слово", votes, [1] * COUNTS) for _ in range(200)]])
    assert [field - (200 << 54) for field in fields[: count + 1]] == [200 * vote for vote in votes]
    assert fields[count + 1 :] == (200,) * COUNTS


def rows_of(*groups: tuple[str, str, int]) -> list[corpus.Row]:
    """Rows by (author, label, how many)."""
    return [
        corpus.Row(f"{by}-{label}-{number}", "текст", label, author=by)
        for by, label, count in groups
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (rows_of(("a", "app", 9), ("a", "staff", 9)), "no second author is named"),
        (rows_of(("a", "app", 9), ("a", "staff", 9), ("b", "app", 1)), "one author has more than 75%"),
        (rows_of(("a", "app", 9), ("b", "staff", 9)), "all texts of a category are of one author"),
    ],
    ids=["one author", "nearly one author", "an author for each category"],
)
def test_where_groups_cannot_be_held_out_stretches_of_every_label_are(rows: list[corpus.Row], why: str) -> None:
    assert (folds.ungrouped(rows, author, 5) or "").startswith(why)
    parts = list(folds.folds(rows, author, 5))
    assert sorted(place for _, held_out in parts for place in held_out) == list(range(len(rows)))
    for train, held_out in parts:
        assert not set(train) & set(held_out)
        assert {rows[place].label for place in train} == {row.label for row in rows}


@pytest.mark.parametrize("group", [writer, industry])
def test_our_own_corpus_is_held_out_by_group(group) -> None:
    assert folds.ungrouped(corpus.read(ROOT / "data"), group, 5) is None


def test_shares_and_the_lexicon_are_those_of_the_four_categories_only(tmp_path: Path) -> None:
    rows = rows_of(("a", "app", 9), ("a", "staff", 3))
    assert shares.prior(rows, ("app", "staff")) == {"app": 0.75, "staff": 0.25}
    assert shares.weights(rows, ("app", "staff")).tolist() == [1.0] * 12
    assert shares.prior(rows, KEYS) == shares.OVERALL
    (tmp_path / "lexicon.tsv").write_text("курьер\t15 5\n")
    assert lexicon.read(tmp_path / "lexicon.tsv", ("delivery", "staff")) == {"курьер": (15, 5)}
    with pytest.raises(DataError, match="expected a lemma, a tab and 7 whole numbers that sum to 20"):
        lexicon.read(tmp_path / "lexicon.tsv", SHOP.keys)
    odds = lexicon.log_odds((15, 5), ("delivery", "staff"))
    assert odds[0] > 0 > odds[1]


def test_the_routers_own_categories_may_stand_in_another_order() -> None:
    path = ROOT / "data" / "lexicon.tsv"
    usual, turned = lexicon.read(path), lexicon.read(path, KEYS[::-1])
    assert all(turned[lemma] == counts[::-1] for lemma, counts in usual.items())
    assert shares.base(KEYS[::-1]).tolist() == shares.base(KEYS)[::-1].tolist()


def test_too_few_complaints_of_a_category_are_named() -> None:
    with pytest.raises(DataError, match=r"shop: expected at least 5 complaints of every category, found 3 of staff"):
        corpus.require_enough(rows_of(("a", "app", 9), ("a", "staff", 3)), ("app", "staff"), 5, Path("shop"))
