"""Whether labelling on pays, in one sentence: how often consecutive models still differ, and how many errors remain."""

from collections.abc import Sequence
from dataclasses import dataclass

from sklearn.metrics import cohen_kappa_score

STABLE = 0.99
"""Kappa of consecutive models' predictions from which labelling may stop (Bloodgood and Vijay-Shanker 2009)."""
ACCEPTED = 0.05
"""The share of wrong first guesses that is accepted by default."""


def agreement(first: Sequence[object], second: Sequence[object]) -> float:
    """Cohen's kappa of two models' predictions on the same texts; 1 where both always say the same."""
    return 1.0 if list(first) == list(second) else float(cohen_kappa_score(first, second))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a pool: its texts, and the wrong first guesses to be expected in it and among the picks.

    `kappa` is the agreement of the model with `previous`, the one before it; None where there was none.
    """

    texts: int
    errors: float
    picks: int
    picked_errors: float
    accepted: float = ACCEPTED
    previous: str | None = None
    kappa: float | None = None

    @property
    def stop(self) -> bool:
        """Whether labelling may stop: few errors are left, or new labels no longer change what is predicted."""
        return self.errors <= self.accepted * self.texts or (self.kappa is not None and self.kappa >= STABLE)

    def sentence(self) -> str:
        """The advice and its reason; errors are estimated from calibrated confidence."""
        share = f"{self.errors / self.texts:.1%}"
        left = f"some {self.errors:.0f} of {self.texts} first guesses in the pool are wrong ({share})"
        if self.errors <= self.accepted * self.texts:
            return f"stop: an estimated {left}, no more than the {self.accepted:.1%} accepted"
        stable = "" if self.kappa is None else f"{self.previous}, the model before it, agrees at kappa {self.kappa:.3f}"
        if self.stop:
            return f"stop: {stable} ({STABLE} is stable), so that more labels of this kind would change little; {left}"
        here = f"{self.picked_errors:.0f} of them among the {self.picks} picked"
        return f"label on: an estimated {left}, {here}" + (f"; {stable} ({STABLE} is stable)" if stable else "")
