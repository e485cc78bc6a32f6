"""Coverage-guided fuzzing of all that reads what others send: a text, a corpus, a bulk file, a model.

    pip install atheris        # Apache-2, by Google; wheels for Linux and Python 3.11 to 3.13
    python -m benchmarks.fuzzing text -max_total_time=600 build/fuzz/text
    python -m benchmarks.fuzzing corpus | bulk | artefact | backup …

Arguments after the target go to libFuzzer; a folder keeps what was found interesting, so that the next run goes on from
there. An exception that is none of `router.errors`, a broken promise or an input that takes longer than five seconds
(it is instrumented) ends the run, and the input is kept in `build/fuzz` as `crash-…` or `timeout-…`. Every
finding becomes a row of `tests/test_fuzz.py`.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

LIMITS = (
    "-timeout=5",
    "-artifact_prefix=build/fuzz/",
    "-rss_limit_mb=2048",
    "-max_len=4096",
)  # an instrumented run is several times slower


def main() -> None:
    """Fuzz the target that the command line names."""
    import atheris

    with atheris.instrument_imports(include=["router", "training"]):
        from benchmarks import fuzz_targets

    known = fuzz_targets.TARGETS
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        raise SystemExit(f"expected a target, one of {', '.join(known)}")
    target = known[name := sys.argv.pop(1)]
    for seed in fuzz_targets.seeds(name):  # and the model is loaded before the clock of the first input runs
        target(seed)
    with TemporaryDirectory(prefix="complaint-router-fuzz-") as folder:
        for number, seed in enumerate(fuzz_targets.seeds(name)):
            (Path(folder) / str(number)).write_bytes(seed)
        kept = [word for word in sys.argv[1:] if not word.startswith("-")]
        atheris.Setup([sys.argv[0], *LIMITS, *sys.argv[1:], *([] if kept else [mkdtemp(dir=folder)]), folder], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
