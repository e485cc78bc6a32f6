"""Categories of one's own: a TOML file that a model is fitted with, and that travels in its `meta.json`.

[categories.delivery]          # the key: what labels say; the order is that of the buttons and keys at the desk
title = "Доставка"             # what agents and clients read
queue = "couriers"             # the team that acts; each category has one of its own
about = "late, lost or broken parcels"    # may be left out
hours = 12                     # may be left out: hours to answer, in place of `otherwise`

[categories.returns]
…

[hours]                        # may be left out, as in a policy (`router.policy`), which may change all but the keys
risk = 24
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from router import policy, toml
from router.categories import NONE, SHIPPED, TRIAGE, Category, Taxonomy
from router.errors import ArtefactError, DataError
from router.toml import Table

MIN_CATEGORIES, MAX_CATEGORIES = 2, 32
MAX_ABOUT = 200
KEY = re.compile(r"[a-z][a-z0-9_-]{0,31}")
FIELDS = ("title", "queue", "about", "hours")


def load(path: Path | None) -> Taxonomy:
    """The taxonomy of a file, that of the router for no file; `DataError` names the key and what was expected."""
    if path is None:
        return SHIPPED
    try:
        return of(toml.parse(path.read_bytes(), str(path)))
    except OSError as error:
        raise DataError(str(path), f"cannot be read: {error.strerror}") from error


def from_meta(meta: Mapping[str, Any], name: str) -> Taxonomy:
    """The taxonomy that a model's `meta.json` states, that of the router where it states none."""
    if "taxonomy" not in meta:
        return SHIPPED
    try:
        return of(Table(name, "", meta).table("taxonomy"))
    except DataError as error:
        raise ArtefactError(str(error), "artefact_damaged") from error


def as_meta(taxonomy: Taxonomy) -> dict[str, Any]:
    """What `meta.json` states of a taxonomy: the tables of its file."""
    categories = {category.key: _as_table(category) for category in taxonomy.categories}
    return {"categories": categories, "hours": dict(taxonomy.hours)}


def of(table: Table) -> Taxonomy:
    """The taxonomy that a table describes, checked whole."""
    table.require_no_more("categories", "hours")
    inside = table.table("categories")
    count = len(inside.values)
    if not MIN_CATEGORIES <= count <= MAX_CATEGORIES:
        expected = f"{MIN_CATEGORIES} to {MAX_CATEGORIES} tables [categories.KEY]"
        raise DataError(table.name, f"{inside.place.rstrip('.')}: expected {expected}, got {count or 'none'}")
    categories = tuple(_category(inside, key) for key in inside.values)
    for name in ("queue", "title"):
        _require_distinct(inside, name, categories)
    hours = table.table("hours")
    policy.clock(hours)
    return Taxonomy(categories, dict(hours.values))


def _category(table: Table, key: str) -> Category:
    if not KEY.fullmatch(key) or key in (NONE, TRIAGE):
        expected = f"a key of lower-case Latin letters, digits, - and _, at most 32, and not {NONE!r} or {TRIAGE!r}"
        raise DataError(table.name, f"{table.place}{key}: expected {expected}")
    inside = table.table(key)
    inside.require_no_more(*FIELDS)
    about = inside.values.get("about", "")
    if not isinstance(about, str) or len(about) > MAX_ABOUT:
        raise inside.fault("about", f"a text of at most {MAX_ABOUT} characters")
    return policy.category(inside, Category(key, "", "", about))


def _require_distinct(table: Table, name: str, categories: Iterable[Category]) -> None:
    seen: dict[str, str] = {}
    for category in categories:
        value = getattr(category, name)
        if value in seen:
            raise DataError(
                table.name, f"{table.place}{category.key}.{name}: {value!r} is already that of {seen[value]}"
            )
        seen[value] = category.key


def _as_table(category: Category) -> dict[str, Any]:
    return {name: value for name in FIELDS if (value := getattr(category, name)) not in ("", None)}
