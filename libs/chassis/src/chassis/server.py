"""uvicorn inside a service's process: its door, its connections, and how both are closed.

`process.py` drives it. Nobody who was let in is left without an answer at the end: not who is
under way on a kept connection, nor who connected a moment before the door closed.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal, Protocol, runtime_checkable

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import generic, problem_response

# The gateway sends a POST only on a connection that rested for a second at most, so after this it
# has left those that we keep open; each answer meanwhile says that its connection ends.
LINGER_SECONDS = 1.5
REQUESTS_SECONDS = 4
KEEP_ALIVE_SECONDS = 75


@runtime_checkable
class Parting(Protocol):
    """A connection that can be told that what comes next on it is the last."""

    def part(self) -> None:
        """Says `Connection: close` on every answer that begins from now on."""


class Server(uvicorn.Server):
    """uvicorn without its own signal handling, which would end the process too early.

    At its end it closes the door first, and for LINGER_SECONDS leaves open connections to their
    other ends: closing one under a request that is on its way would lose that.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends connections, then requests."""
        loop = asyncio.get_running_loop()
        let_in = [client for listener in sockets or () for client in _close(listener)]
        for server in self.servers:
            server.close()
        for client in let_in:
            await loop.connect_accepted_socket(self._protocol, client)
        for connection in self.server_state.connections:
            if isinstance(connection, Parting):
                connection.part()
        until = loop.time() + LINGER_SECONDS
        while self.server_state.connections and loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to the process."""
        yield

    def _protocol(self) -> asyncio.Protocol:
        """What uvicorn makes for each connection that it accepts itself."""
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def _close(listener: socket.socket) -> list[socket.socket]:
    """Closes the door; returns those whom the kernel had let in already.

    Nobody has accepted them yet, so with the door alone closed their requests would be reset.
    """
    clients: list[socket.socket] = []
    listener.setblocking(False)
    with suppress(OSError):
        while True:
            clients.append(listener.accept()[0])
    listener.close()
    return clients


class HealthOnly:
    """Answers health and metrics for a process that runs no API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what supervision asks for, and nothing else."""
        app = self._app
        if scope["type"] == "http" and not scope["path"].startswith(("/health/", "/metrics")):
            app = problem_response(generic(404), instance=scope["path"])
        await app(scope, receive, send)


def listen(host: str, port: int) -> socket.socket:
    """Binds before anything starts, so that a taken port is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def uvicorn_config(
    app: ASGIApp, http: type[asyncio.Protocol] | Literal["httptools"]
) -> uvicorn.Config:
    """How uvicorn serves an application: without its logs, its lifespan and its name."""
    return uvicorn.Config(
        app,
        http=http,
        ws="none",
        # The process drives the lifespan itself: components must stop before the application.
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=REQUESTS_SECONDS,
    )
