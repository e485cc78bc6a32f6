"""The process of libFuzzer, with its options and folders after the name of the target; `benchmarks.fuzzing` runs it."""

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
