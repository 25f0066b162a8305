"""Posts to endpoints that users named, without letting them point us at our own network.

A name is resolved for each connection, every address that it has is judged, and the connection
goes to an address that was judged: nobody can answer differently in between (DNS rebinding). No
redirect is followed, no proxy of the environment is used, and of an answer only the head is read.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import perf_counter
from typing import Any

import httpcore

from chassis import failpoints
from chassis.clock import utcnow
from notifications.domain.delivery import Attempt
from notifications.domain.destination import PORTS, Destination, Guard
from notifications.domain.errors import UrlRefused
from notifications.domain.webhook import MAX_WEBHOOKS

LIMIT_SECONDS = 10.0
_HEADERS = (("content-type", "application/json"), ("user-agent", "Souk-Webhooks/1"))
_REDIRECTS = range(300, 400)


class _Refused(Exception):
    """The text is what the log of deliveries says."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses only; TLS still checks the name that the URL has."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._backend = httpcore.AnyIOBackend()
        self._resolvers = ThreadPoolExecutor(MAX_WEBHOOKS, thread_name_prefix="resolver")
        self._asked: dict[tuple[str, int], asyncio.Future[Any]] = {}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore calls it so.
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises _Refused when any of the name's addresses is not allowed."""
        addresses = await self._resolve(host, port)
        if not all(map(self._guard.permits, addresses)):
            raise _Refused("the name leads to an address that is not a public one")
        failure: Exception | None = None
        for address in dict.fromkeys(addresses):
            try:
                return await self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failure = error
        raise failure or _Refused("the name has no address")

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """A file is no endpoint."""
        raise _Refused("not an endpoint")

    async def sleep(self, seconds: float) -> None:
        """What the pool waits with."""
        await self._backend.sleep(seconds)

    async def _resolve(self, host: str, port: int) -> list[str]:
        """A thread for each name at most: one that is slow keeps none from the others."""
        asked = self._asked.get((host, port)) or self._ask(host, port)
        try:
            found = await asyncio.shield(asked)
        except (OSError, UnicodeError) as error:
            raise _Refused("the name cannot be resolved") from error
        return [str(address[0]) for *_, address in found]

    def _ask(self, host: str, port: int) -> "asyncio.Future[Any]":
        def answered(asked: "asyncio.Future[Any]") -> None:
            del self._asked[host, port]
            # Perhaps nobody waits for it any more, and an error would be taken for a lost one.
            if not asked.cancelled():
                asked.exception()

        asked = asyncio.get_running_loop().run_in_executor(
            self._resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        self._asked[host, port] = asked
        asked.add_done_callback(answered)
        return asked


class WebhookClient:
    """Implements `domain.webhook_ports.Poster`; each post has a connection of its own."""

    def __init__(
        self,
        guard: Guard,
        tls: ssl.SSLContext,
        *,
        limit_seconds: float = LIMIT_SECONDS,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._guard = guard
        self._tls = tls
        self._limit = limit_seconds
        self._clock = clock
        self._backend = GuardedBackend(guard)

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Attempt:
        """Returns the status, or the error, and how long it took."""
        at, began = self._clock(), perf_counter()
        status, error, retry_after = None, None, None
        try:
            async with asyncio.timeout(self._limit):
                await failpoints.hit("webhook.before_post")
                answered = await self._exchange(url, headers, body)
                await failpoints.hit("webhook.after_post")
            status, retry_after = answered
        except TimeoutError:
            error = f"no answer within {self._limit:g} seconds"
        except (_Refused, UrlRefused) as refusal:
            error = str(refusal)
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as failure:
            error = f"{type(failure).__name__}: {failure}"[:200]
        if status in _REDIRECTS:
            error = "redirects are not followed"
        milliseconds = round((perf_counter() - began) * 1000)
        return Attempt(at, milliseconds, status, error, retry_after)

    async def _exchange(
        self, url: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, int | None]:
        to = self._guard.destination(url)
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._tls, network_backend=self._backend, max_keepalive_connections=0
        )
        fields = [("host", _authority(to)), *_HEADERS, *headers.items()]
        fields.append(("content-length", str(len(body))))
        async with (
            pool,
            pool.stream(
                "POST",
                httpcore.URL(scheme=to.scheme, host=to.host, port=to.port, target=to.target),
                headers=fields,
                content=body,
            ) as answer,
        ):
            return answer.status, _retry_after(answer.headers)


def _authority(to: Destination) -> str:
    """Returns what the field `Host` says."""
    host = f"[{to.host}]" if ":" in to.host else to.host
    return host if to.port == PORTS[to.scheme] else f"{host}:{to.port}"


def _retry_after(fields: list[tuple[bytes, bytes]]) -> int | None:
    """Returns the seconds of `Retry-After`; a date is rare here, and our own pause will do."""
    for name, value in fields:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) < 8:
            return int(value)
    return None
