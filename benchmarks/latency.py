"""Time to answer one complaint: interleaved rounds, for the machine is never quiet; medians of them, and ratios.

What is warm: the words of all other complaints, and those of the timed ones since `first`, which is without them. No
peer, and not the router either, keeps anything of a whole text.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from training.corpus import Row

WORDS = range(36, 45)
"""How many words the timed complaints have, by spaces: about 40."""
Answer = Callable[[str], object]


def split(rows: Sequence[Row], count: int) -> tuple[list[str], list[str]]:
    """`count` complaints of about 40 words to time, and all others to warm every cache with."""
    complaints = [row.text for row in rows if row.kind == "complaint"]
    random.Random(40).shuffle(complaints)
    timed = [text for text in complaints if len(text.split()) in WORDS][:count]
    chosen = set(timed)
    return timed, [text for text in complaints if text not in chosen]


def measure(answers: Mapping[str, Answer], texts: Sequence[str], rounds: int) -> dict[str, dict[str, float]]:
    """Seconds a text for each of `answers`: p50, p99, and `first`, the mean when its words may be new to the caches.

    In each round each of them answers every text once, in turns; a text's time is the median over the rounds.
    """
    first = {name: sum(_times(answer, texts)) / len(texts) for name, answer in answers.items()}
    times: dict[str, list[list[float]]] = {name: [] for name in answers}
    for _ in range(rounds):
        for name, answer in answers.items():
            times[name].append(_times(answer, texts))
    return {name: _summary(found) | {"first": first[name]} for name, found in times.items()}


def _times(answer: Answer, texts: Sequence[str]) -> list[float]:
    found = []
    for text in texts:
        began = time.perf_counter()
        answer(text)
        found.append(time.perf_counter() - began)
    return found


def _summary(rounds: Sequence[Sequence[float]]) -> dict[str, Any]:
    """p50 and p99 over texts of the median over rounds, so that what else ran on the machine does not count."""
    texts = sorted(median(times) for times in zip(*rounds, strict=True))
    return {"p50": median(texts), "p99": texts[int(len(texts) * 0.99)]}
