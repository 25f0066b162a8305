"""The shop's public API as import and replay see it: requests that are repeated until answered.

Everything they send may be sent twice (reads, whole replacements, idempotency keys), so a lost
answer, 429 and 502 to 504 are tried again, no sooner than Retry-After says.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import httpx

from native.errors import StackError

AGAIN = frozenset({429, 502, 503, 504})
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
PAGE = 100


class Refused(StackError):
    """The shop said no; `status` and `kind` (the problem's type) say to what."""

    def __init__(self, method: str, path: str, answer: httpx.Response) -> None:
        problem = _problem(answer)
        self.status = answer.status_code
        self.kind = str(problem.get("type") or problem.get("error") or "")
        detail = problem.get("detail") or problem.get("error_description") or ""
        super().__init__(f"{method} {path}: {self.status} {self.kind} {detail}".rstrip())


class Unreachable(StackError):
    """The shop gave no answer for as long as we were ready to wait."""


class Api:
    """Sends requests to one origin; `patience` is how many seconds an answer may take in all."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        patience: float = 120.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._patience = patience
        self._sleep = sleep

    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Callable[[], Mapping[str, str]] | None = None,
    ) -> httpx.Response:
        """Returns a 2xx answer. `form` is called for each attempt, for what works only once.

        Raises Refused for any other answer and Unreachable when patience is over.
        """
        until = time.monotonic() + self._patience
        pause = FIRST_PAUSE
        while True:
            fields = None if form is None else dict(form())
            try:
                answer = await self._http.request(
                    method, path, headers=headers, json=json, data=fields
                )
            except httpx.TransportError as problem:
                wait, reason = pause, repr(problem)
            else:
                if answer.is_success:
                    return answer
                if answer.status_code not in AGAIN:
                    raise Refused(method, path, answer)
                wait, reason = _retry_after(answer, pause), f"status {answer.status_code}"
            if time.monotonic() + wait > until:
                raise Unreachable(f"{method} {path}: {reason} for {self._patience:.0f} s")
            await self._sleep(wait * random.uniform(1.0, 1.3))  # noqa: S311  only spreads
            pause = min(pause * 2, LONGEST_PAUSE)

    async def items(
        self, path: str, headers: Callable[[], Awaitable[Mapping[str, str]]], **filters: str
    ) -> AsyncIterator[dict[str, Any]]:
        """Yields every item of a list, page by page; `headers` is asked before each page."""
        here: str | None = str(httpx.URL(path, params={**filters, "limit": str(PAGE)}))
        while here is not None:
            page = (await self.send("GET", here, headers=await headers())).json()
            for item in page["items"]:
                yield item
            here = page["_links"].get("next", {}).get("href")


def _retry_after(answer: httpx.Response, pause: float) -> float:
    """Seconds (RFC 9110 section 10.2.3), never fewer than our own pause."""
    text = answer.headers.get("Retry-After", "")
    return max(pause, float(text)) if text.isdecimal() else pause


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
