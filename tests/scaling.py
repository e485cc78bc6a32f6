"""How the time of a call grows with its text: a ratio, so that no machine is too slow for the test."""

from collections.abc import Callable
from time import process_time

PARTS = 10
MOST = 3 * PARTS
"""Ten times the text takes 10 times the time of a linear pattern, 100 times that of one that goes back over the text.

Shorter texts may be the quicker by more than that, for they fit into the caches: hence three times the linear.
"""


def scaling(call: Callable[[str], object], text: str, rounds: int = 5) -> float:
    """Return the processor time of a text over that of its first tenth, the best of some rounds each."""
    return best(call, text, rounds) / best(call, text[: len(text) // PARTS], rounds)


def best(call: Callable[[str], object], text: str, rounds: int) -> float:
    """Return the least processor time of a call in seconds, for the machine may be busy."""
    spent = []
    for _ in range(rounds):
        begin = process_time()
        call(text)
        spent.append(process_time() - begin)
    return min(spent)
