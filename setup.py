"""Only what setup.cfg cannot say: the compiled part, which is left out where no compiler is found."""

from pathlib import Path

from setuptools import Extension, setup

PART = Path("router", "speedups")
FLAGS = [
    "-ffp-contract=off",  # a product and a sum are rounded one after the other, as Python does
    "-fvisibility=hidden",
]

setup(
    ext_modules=[
        Extension(
            "router._speedups",
            sorted(map(str, PART.glob("*.c"))),
            depends=[str(PART / "speedups.h")],
            extra_compile_args=FLAGS,
            optional=True,
        )
    ]
)
