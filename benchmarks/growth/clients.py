"""`/v1/classify` by the number of clients that ask one worker at once: what a request costs must not grow with them."""

from itertools import count
from pathlib import Path

from benchmarks.growth.curve import EACH, Curve
from benchmarks.registering import measure
from benchmarks.service import Service

CLIENTS = (1, 2, 4, 8)


def curves(folder: Path, seconds: float, rounds: int) -> list[Curve]:
    """Milliseconds of the clock between two answers of the service, with requests a second and processor time.

    The rounds are interleaved, so that what else the machine does meanwhile falls on all numbers of clients alike.
    """
    found = Curve("`/v1/classify`, a request", "clients", "ms", EACH)
    keys = count()
    with Service(f"sqlite:///{folder}/clients.sqlite", folder / "clients.log") as service:
        costs = [
            {number: measure(service, "/v1/classify", number, seconds, keys) for number in CLIENTS}
            for _ in range(rounds)
        ]
    for number in CLIENTS:
        cost = sorted((of[number] for of in costs), key=lambda one: one.rate)
        middle = cost[len(cost) // 2]
        found.add(number, [1000 / one.rate for one in cost], per_second=middle.rate, cpu_ms=middle.cpu)
    return [found]
