"""Spans of time as a command line takes them: `7d`, `12h`, `90m`."""

import re
from datetime import timedelta

from router.errors import InputError

UNITS = {"d": "days", "h": "hours", "m": "minutes"}
LONGEST = 3_650
"""Days."""


def span(text: str) -> timedelta:
    """A span of time; `InputError` says what was expected.

    >>> span("12h")
    datetime.timedelta(seconds=43200)
    """
    found = re.fullmatch(r"([0-9]{1,6})([dhm])", text.strip(), re.ASCII)
    length = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else timedelta()
    if not timedelta() < length <= timedelta(days=LONGEST):
        raise InputError(f"expected a span such as 7d, 12h or 90m, at most {LONGEST} days, got {text!r}")
    return length
