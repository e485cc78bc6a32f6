"""Fitting by the number of training texts: the fit that `complaint-training fit` ends with, once.

One strength, without choosing it by cross-validation and without calibration: those repeat the same fit some ten times.
Each fit has a process of its own (`python -m benchmarks.growth.fitting TEXTS`), so that its peak memory is its own.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

from benchmarks.growth.curve import TOTAL, Curve, decades, repeated
from benchmarks.growth.texts import recombined
from benchmarks.process import ROOT, peak_memory
from training import corpus, lexicon
from training.fit import fit_pipeline
from training.linear import AdditiveClassifier
from training.pipeline import Parameters

DATA = ROOT / "data"


def curves(most: int, patience: float) -> list[Curve]:
    """From a thousand to a hundred thousand texts, phrases and complaints as in our corpus."""
    found = Curve("fit, one strength", "training texts", "s", TOTAL)
    for size in decades(1_000, 100_000, most):
        fits: list[dict[str, float]] = []
        times = repeated(partial(_measured, size, fits), patience, times=3)
        middle = sorted(fits, key=lambda fit: fit["seconds"])[len(fits) // 2]
        found.add(size, times, features=middle["features"], solver=middle["solver"], megabytes=middle["megabytes"])
    return [found]


def _measured(size: int, fits: list[dict[str, float]]) -> float:
    command = [sys.executable, "-m", "benchmarks.growth.fitting", str(size)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    fits.append(json.loads(done.stdout))
    return fits[-1]["seconds"]


def fit(size: int) -> dict[str, float]:
    """Fit on so many recombined texts: seconds in all, of them for features and solver, and peak MB."""
    rows = list(islice(recombined(corpus.read(DATA)), size))
    words = lexicon.read(DATA / lexicon.NAME)
    solver = _timed(AdditiveClassifier, "fit")
    began = time.perf_counter()
    fit_pipeline(rows, words, Parameters())
    spent = time.perf_counter() - began
    return {"seconds": spent, "features": spent - sum(solver), "solver": sum(solver), "megabytes": peak_memory() / 1024}


def _timed(owner: type, name: str) -> list[float]:
    """Have a method note the seconds of each of its calls in the list that is returned."""
    method: Callable[..., Any] = getattr(owner, name)
    spent: list[float] = []

    def noting(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        result = method(*args, **kwargs)
        spent.append(time.perf_counter() - began)
        return result

    setattr(owner, name, noting)
    return spent


if __name__ == "__main__":
    print(json.dumps(fit(int(sys.argv[1]))))
