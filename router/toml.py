"""Files of settings in TOML: tables whose values are checked as they are read, with faults named by key."""

import tomllib
from collections.abc import Mapping
from typing import Any, NamedTuple

from router.errors import DataError


class Table(NamedTuple):
    """A table of the file at its place (`categories.financial.`), whose values are checked as they are read."""

    name: str
    place: str
    values: Mapping[str, Any]

    def fault(self, key: str, expected: str) -> DataError:
        """An error that names the key, what was expected and what was found."""
        return DataError(self.name, f"{self.place}{key}: expected {expected}, got {self.values.get(key)!r}")

    def table(self, key: str) -> "Table":
        """A table inside, empty if it is not there."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.fault(key, f"a table ([{self.place}{key}])")
        return Table(self.name, f"{self.place}{key}.", value)

    def require_no_more(self, *known: str) -> None:
        """Refuse a key that is not known, for it is most likely misspelt."""
        for key in self.values:
            if key not in known:
                raise DataError(self.name, f"{self.place}{key}: unknown; expected one of {', '.join(known)}")


def parse(content: bytes, name: str) -> Table:
    """The whole file as a table; `name` is the file's, for errors."""
    try:
        return Table(name, "", tomllib.loads(content.decode("utf-8-sig")))
    except (ValueError, RecursionError) as error:  # of TOML and of UTF-8
        raise DataError(name, f"expected TOML in UTF-8: {error}") from error
