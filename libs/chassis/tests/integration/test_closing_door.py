"""The end of a server, at its narrowest: who came in while it was closing the door."""

import asyncio
import socket

import uvloop
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from chassis.server import Server, uvicorn_config

ASK = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
CROWD = 50


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


class Rushed(Server):
    """A server to which many come at the moment at which it begins to end."""

    crowd: list[socket.socket]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        [listener] = sockets or []
        # Nothing is awaited between this and the end's beginning: only the kernel lets them in.
        self.crowd = [socket.create_connection(listener.getsockname(), 5) for _ in range(CROWD)]
        for one in self.crowd:
            one.sendall(ASK)
        await super().shutdown(sockets)


async def answers_of_the_rushed() -> list[bytes]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=CROWD)
    server = Rushed(uvicorn_config(hello, "httptools"))
    server.should_exit = True
    await server.serve(sockets=[listener])
    return [said(one) for one in server.crowd]


def said(client: socket.socket) -> bytes:
    """All that came back until the other end closed; nothing where it broke off."""
    with client:
        try:
            return b"".join(iter(lambda: client.recv(4096), b""))
        except ConnectionResetError:
            return b""


def test_who_connected_before_the_door_closed_is_answered() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answers = runner.run(answers_of_the_rushed())
    assert len(answers) == CROWD
    assert all(answer.endswith(b"hello") for answer in answers)
