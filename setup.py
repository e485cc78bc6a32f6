"""Only what setup.cfg cannot say: the compiled part, which is left out where no compiler is found."""

from setuptools import Extension, setup

EXACT = ["-ffp-contract=off"]  # a product and a sum are rounded one after the other, as Python does
setup(ext_modules=[Extension("router._speedups", ["router/_speedups.c"], extra_compile_args=EXACT, optional=True)])
