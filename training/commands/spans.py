"""Spans of time as options give them: `7d`, `12h`."""

import re
from datetime import timedelta

import click

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"([1-9][0-9]{0,3})([hdw])")


def span(value: str) -> timedelta | None:
    """The span that `7d` and its kind name, None for anything else.

    >>> span("36h"), span("2w"), span("last")
    (datetime.timedelta(days=1, seconds=43200), datetime.timedelta(days=14), None)
    """
    found = _SPAN.fullmatch(value)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def required_span(value: str) -> timedelta:
    """The same for an option that must be one: a usage error for anything else."""
    found = span(value)
    if found is None:
        raise click.BadParameter(f"expected a span such as 12h, 7d or 4w, got {value!r}")
    return found
