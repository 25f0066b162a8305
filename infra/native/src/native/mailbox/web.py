"""The page and the JSON API of the mailbox, as a bare ASGI application under uvicorn.

A mail's HTML is shown in a sandboxed frame and forbidden everything but its own styles. Requests
must name a loopback host, so that no web page elsewhere can read the mails by rebinding its name.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs

from native.mailbox.pages import list_page, message_page
from native.mailbox.store import Mail, MailStore

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
MOST = 1000
Answer = tuple[int, str, bytes, str]  # status, content type, body, content security policy


class MailboxApp:
    """The ASGI application; `on_start` and `on_stop` are run with its lifespan."""

    def __init__(
        self,
        store: MailStore,
        on_start: Callable[[], Awaitable[None]],
        on_stop: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._on_start = on_start
        self._on_stop = on_stop

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            status, kind, body, policy = self._answer(scope)
            headers = [
                (b"content-type", kind.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"content-security-policy", policy.encode()),
                (b"cache-control", b"no-store"),
                (b"x-content-type-options", b"nosniff"),
            ]
            start = {"type": "http.response.start", "status": status, "headers": headers}
            await send(start)
            await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await self._on_start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._on_stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _answer(self, scope: Mapping[str, Any]) -> Answer:
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if host.rsplit(":", 1)[0] not in LOOPBACK:
            return _json(421, {"error": "this mailbox answers on the loopback address alone"})
        path = [part for part in scope["path"].split("/") if part]
        query = {k: v[-1] for k, v in parse_qs(scope["query_string"].decode()).items()}
        match scope["method"], path:
            case "GET", []:
                to = query.get("to") or None
                return _html(list_page(self._store.search(to, 200), self._store.count(to), to))
            case "GET", ["health", "ready" | "live"]:
                return _json(200, {"status": "ok"})
            case "GET", ["api", "messages"]:
                return self._list(query)
            case "DELETE", ["api", "messages"]:
                self._store.clear()
                return _json(200, {"messages": [], "total": 0})
            case "GET", [*place, name] if place in (["messages"], ["html"], ["api", "messages"]):
                mail = self._store.read(name)
                return _json(404, {"error": "no such mail"}) if mail is None else _one(place, mail)
        return _json(404, {"error": "no such page"})

    def _list(self, query: Mapping[str, str]) -> Answer:
        limit = query.get("limit", "100")
        if not limit.isdecimal() or not 1 <= int(limit) <= MOST:
            return _json(400, {"error": f"limit takes 1 to {MOST}"})
        to = query.get("to")
        found = [asdict(summary) for summary in self._store.search(to, int(limit))]
        return _json(200, {"messages": found, "total": self._store.count(to)})


def _one(place: list[str], mail: Mail) -> Answer:
    if place == ["html"]:
        return 200, "text/html; charset=utf-8", mail.html.encode(), MAIL_POLICY
    if place == ["messages"]:
        return _html(message_page(mail))
    bodies = {"headers": mail.headers, "text": mail.text, "html": mail.html}
    return _json(200, asdict(mail.summary) | bodies)


def _html(text: str) -> Answer:
    return 200, "text/html; charset=utf-8", text.encode(), PAGE_POLICY


def _json(status: int, content: object) -> Answer:
    return status, "application/json", json.dumps(content).encode(), PAGE_POLICY
