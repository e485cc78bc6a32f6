"""What is asked of the C library's allocator (of glibc's; others are left alone): to keep little that is not used."""

import ctypes
from contextlib import suppress

ARENAS = 2
"""Parts of memory that threads take from in turn; by default eight for each core. Each keeps what it once had."""
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


def keep_few_arenas() -> None:
    """To be called before there are threads; the processes forked from this one keep to it, too."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return to the system what was freed."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
