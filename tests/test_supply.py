"""What the service is locked to, and how it is packed."""

import re
from configparser import ConfigParser

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = dict(re.findall(r"^([a-z0-9.-]+)==(\S+) \\$", LOCK, re.M))
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def needed() -> list[Requirement]:
    setup = ConfigParser(interpolation=None)
    setup.read(ROOT / "setup.cfg")
    lines = setup["options"]["install_requires"] + setup["options.extras_require"]["postgres"]
    return [Requirement(line) for line in lines.split("\n") if line]


@pytest.mark.parametrize("requirement", needed(), ids=lambda it: it.name)
def test_the_lock_has_what_the_service_needs(requirement: Requirement) -> None:
    assert LOCKED[requirement.name] in requirement.specifier


def test_everything_in_the_lock_has_digests_and_nothing_says_where_from() -> None:
    entries = re.split(r"^(?=\S+==)", LOCK, flags=re.M)[1:]
    assert len(entries) == len(LOCKED) > 20
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert not re.search(r"^--|://", LOCK, re.M)


def test_the_image_is_built_from_the_lock_and_runs_without_rights() -> None:
    assert "--require-hashes --requirement requirements.lock" in DOCKERFILE
    assert "--no-deps --no-build-isolation ." in DOCKERFILE
    assert re.search(r"^USER 10001$", DOCKERFILE, re.M)
    copied = re.findall(r"^COPY .*--chown", DOCKERFILE, re.M)
    assert copied == [], "the program belongs to root"
