"""The issuer's public keys over HTTP (RFC 7517), kept when the issuer is away.

An unknown key name is looked up again at most every ten seconds, so that forged names cost the
issuer nothing; the last good set stays in use. Made in each service's bootstrap.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson

from chassis.logs import get_logger
from chassis.problems import ProblemTable, ProblemType
from chassis.tokens import PublicKey

REFRESH_SECONDS = 300.0
RETRY_SECONDS = 10.0
TIMEOUT_SECONDS = 2.0
MAX_BYTES = 64 * 1024

Fetch = Callable[[str], Awaitable[bytes]]

log = get_logger(__name__)


class KeysUnavailable(Exception):
    """The key is not known and the issuer does not answer, so nothing can be said (503)."""

    def __init__(self) -> None:
        super().__init__("The keys to check access tokens with are out of reach.")


JWKS_PROBLEMS: ProblemTable = {
    KeysUnavailable: ProblemType(
        503, "keys-unavailable", "Access tokens cannot be checked now", {"Retry-After": "10"}
    )
}


async def fetch(url: str) -> bytes:
    """Gets a small document; raises OSError or httpx.HTTPError when that fails."""
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        response = await client.get(url)
        response.raise_for_status()
        return response.content


class HttpJwks:
    """A JWK set behind a URL, or behind several with commas between them, tried in turn: the
    issuer's processes. Nothing is fetched before the first question."""

    def __init__(
        self, url: str, *, fetch: Fetch = fetch, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._urls = url.split(",")
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, PublicKey] = {}
        self._tried_at: float | None = None
        self._failed = False
        self._refresh: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> PublicKey | None:
        """Returns the key, None if the issuer has none of that name.

        Raises KeysUnavailable when the name is unknown and the issuer could not be asked.
        """
        found = self._keys.get(kid)
        if found is not None:
            if self._age() > (RETRY_SECONDS if self._failed else REFRESH_SECONDS):
                self._start_refresh()
            return found
        if self._refresh is not None or self._age() > RETRY_SECONDS:
            await asyncio.shield(self._start_refresh())
        found = self._keys.get(kid)
        if found is None and self._failed:
            raise KeysUnavailable
        return found

    def _age(self) -> float:
        """Seconds since the last try."""
        return float("inf") if self._tried_at is None else self._clock() - self._tried_at

    def _start_refresh(self) -> asyncio.Task[None]:
        """One fetch at a time; whoever needs it waits for the same."""
        if self._refresh is None:
            self._refresh = asyncio.create_task(self._refresh_keys())
            self._refresh.add_done_callback(self._forget_refresh)
        return self._refresh

    def _forget_refresh(self, _task: asyncio.Task[None]) -> None:
        self._refresh = None

    async def _refresh_keys(self) -> None:
        self._tried_at = self._clock()
        self._failed = True
        for url in self._urls:
            results = await asyncio.gather(self._fetch(url), return_exceptions=True)
            keys = read_keys(results[0]) if isinstance(results[0], bytes) else {}
            if keys:
                # A key object that is still in the set stays the same object: verified tokens
                # are remembered with it.
                self._keys = {kid: self._keys.get(kid, key) for kid, key in keys.items()}
                self._failed = False
                return
            log.warning("keys_not_fetched", url=url, error=repr(results[0])[:200])


def read_keys(raw: bytes) -> dict[str, PublicKey]:
    """Returns the usable keys of a JWK set by name; an unreadable set has none."""
    try:
        document = orjson.loads(raw[:MAX_BYTES])
    except orjson.JSONDecodeError:
        return {}
    listed = document.get("keys") if isinstance(document, dict) else None
    found = [_usable(item) for item in listed] if isinstance(listed, list) else []
    return {key.kid: key for key in found if key is not None}


def _usable(item: Any) -> PublicKey | None:
    if not isinstance(item, dict) or not isinstance(item.get("kid"), str):
        return None
    try:
        return PublicKey(item)
    except ValueError:
        return None
