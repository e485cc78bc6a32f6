"""Spans of time as a command line takes them: `90m`, `12h`, `7d`, `4w`."""

import re
from datetime import timedelta

from router.errors import InputError

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = 3_650
"""Days."""
_SPAN = re.compile(r"([0-9]{1,6})([mhdw])", re.ASCII)


def span(text: str) -> timedelta:
    """A span of time; `InputError` says what was expected.

    >>> span("12h")
    datetime.timedelta(seconds=43200)
    """
    found = span_or_none(text.strip())
    if found is None:
        raise InputError(f"expected a span such as 90m, 12h, 7d or 4w, at most {LONGEST} days, got {text!r}")
    return found


def span_or_none(text: str) -> timedelta | None:
    """The same, None for anything that is no span, which may be the name of a file."""
    found = _SPAN.fullmatch(text)
    length = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else timedelta()
    return length if timedelta() < length <= timedelta(days=LONGEST) else None
