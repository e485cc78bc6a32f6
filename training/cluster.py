"""Fitting on a Dask cluster: what joblib runs in parallel runs there while the block lasts, the folds above all.

joblib's own backend for Dask is used: the code that fits stays as it is, and lost work is repeated by the cluster.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import joblib

from router.errors import ClusterError, InputError
from training.bundle import versions


@contextmanager
def on(address: str | None) -> Iterator[None]:
    """Let joblib use the workers of the scheduler at this address, or the cores of this machine for None."""
    if address is None:
        yield
        return
    try:
        from distributed import CancelledError, KilledWorker

        from router.cluster import connected
    except ModuleNotFoundError:
        raise InputError("a Dask cluster needs distributed: pip install 'complaint-router[cluster]'") from None
    with connected(address) as client, joblib.parallel_config(backend="dask", client=client), warnings.catch_warnings():
        # The corpus goes with each fold: what is put on a worker beforehand would be lost with it.
        warnings.filterwarnings("ignore", "Sending large graph")
        try:
            _require_same(client.run(versions), address)
            yield
        except ModuleNotFoundError as error:
            raise ClusterError(f"the workers at {address} lack {error.name}; they need {_EXTRA}") from None
        except (KilledWorker, CancelledError) as error:
            raise ClusterError(f"the cluster at {address} gave the work up: {type(error).__name__}") from None


def _require_same(found: Mapping[str, Mapping[str, str]], address: str) -> None:
    """The same libraries on all workers as here: with others the votes would differ in their last bits."""
    for worker, theirs in found.items():
        if other := {name: version for name, version in versions().items() if theirs.get(name) != version}:
            raise ClusterError(f"worker {worker} at {address} has other versions than here, which has {other}")


_EXTRA = "pip install 'complaint-router[training,cluster]'"
