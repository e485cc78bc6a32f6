"""Only what setup.cfg cannot say: the compiled part, which is left out where no compiler is found."""

from setuptools import Extension, setup

setup(ext_modules=[Extension("router._speedups", ["router/_speedups.c"], optional=True)])
