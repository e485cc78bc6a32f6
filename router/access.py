"""Keys of the API and their roles. A key is shown once, when it is made; what is kept is its SHA-256.

A key is 256 bits of chance, so one plain hash is as good as it needs to be (no words to guess, nothing to salt).
"""

import hashlib
import secrets
from collections.abc import Callable
from hmac import compare_digest
from ipaddress import ip_address
from time import monotonic
from uuid import uuid4

from router.errors import InputError, NotFoundError
from router.store import Store, keys
from router.store.records import Key

INTAKE, AGENT, ADMIN = "intake", "agent", "admin"
ROLES = (INTAKE, AGENT, ADMIN)
MAX_NAME = 128
REMEMBERED_SECONDS = 1.0
"""How long the list of keys is remembered: a revoked key works that much longer at most."""


def create(store: Store, name: str, role: str) -> str:
    """Make a key and return it; it cannot be had again."""
    identity, secret = uuid4().hex[:12], secrets.token_urlsafe(32)
    shown = f"cr_{identity}_{secret}"
    store.write(lambda writing: keys.add(writing, Key(identity, name, role, digest(shown), writing.now)))
    return shown


def require_name(name: str) -> str:
    """A name that can be kept and shown, or `InputError`."""
    if not name.isprintable() or not 1 <= len(name.strip()) <= MAX_NAME:
        raise InputError(f"a key's name has 1 to {MAX_NAME} printable characters", "invalid_name")
    return name.strip()


def revoke(store: Store, key_id: str) -> None:
    """Take a key's rights away; `NotFoundError` where there is none with this id, or none any more."""
    if not store.write(lambda writing: keys.revoke(writing, key_id)):
        raise NotFoundError(f"there is no key {key_id} that could be revoked")


def digest(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


class Keyring:
    """The keys of a store, remembered for a second, so that a request does not cost a query."""

    def __init__(self, store: Store, clock: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._clock = clock
        self._read_at = -REMEMBERED_SECONDS
        self._keys: dict[str, Key] = {}

    def keys(self) -> dict[str, Key]:
        """Every key by its id, revoked ones too."""
        now = self._clock()
        if now - self._read_at >= REMEMBERED_SECONDS:
            self._keys = {key.id: key for key in self._store.read(keys.every)}
            self._read_at = now
        return self._keys

    def is_open(self) -> bool:
        """Whether no key was ever made. Revoking the last key does not open the service again."""
        return not self.keys()

    def holder(self, shown: str) -> Key | None:
        """The key that was shown, unless it is unknown or revoked."""
        found = self.keys().get(shown.split("_")[1] if shown.startswith("cr_") else "")
        if found is None or not compare_digest(found.hash, digest(shown)) or found.revoked_at:
            return None
        return found


def require_keys(store: Store, host: str) -> bool:
    """Whether a service on `host` may be open, without keys; `InputError` where it would be so beyond this machine."""
    every = store.read(keys.every)
    if is_loopback(host):
        return not every
    if not any(key.revoked_at is None for key in every):
        detail = (
            f"{host} can be reached from other machines, and there is no key: make one with "
            "'complaint-router keys create --role admin --name NAME', or serve on 127.0.0.1"
        )
        raise InputError(detail, "keys_required")
    return False


def may_be_open(database_url: str, host: str) -> bool:
    """The same for a service that is about to start; it brings its database up to date first."""
    with Store.open(database_url) as store:
        return require_keys(store, host)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
