"""The compiled part (`router/speedups`), None where it was not built.

It is built when the package is installed where a compiler is found. Everything works without it, and gives the same to
the last bit; only time differs.
"""

from typing import Any

try:
    from router import _speedups
except ImportError:
    _speedups = None  # type: ignore[assignment]

speedups: Any = _speedups
