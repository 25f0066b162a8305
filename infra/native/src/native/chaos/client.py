"""A caller of the shop as a good client is: it repeats what may be repeated, with the same key.

`buyers.py` and `staff.py` ask through it. Each attempt is written into the client log that verify
reads (`native.verify.client_log`), once it is known whether a later attempt was answered.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from native.verify.client_log import Call, ClientLog

# 409 is here for a key whose first request is still at work; `_is_final` tells it from others.
AGAIN = frozenset({429, 502, 503, 504})
IN_FLIGHT = "/problems/idempotency-key-in-flight"
PATIENCE = 75.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0
# An answer that takes longer is a hang (I8); we wait a little more, to see that it was one.
REQUEST_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `operation` is its id in the API's document.

    `causes` are the refusals that others' doings may bring upon it; no other is well (I8).
    """

    operation: str
    method: str
    path: str
    body: Any = None
    key: str | None = None
    headers: Mapping[str, str] | None = None
    forbidden: bool = False
    causes: tuple[int, ...] = ()

    @property
    def fields(self) -> dict[str, str]:
        """Its header fields, the key among them."""
        named = {} if self.key is None else {"Idempotency-Key": self.key}
        return {**(self.headers or {}), **named}


Headers = Callable[[], Awaitable[Mapping[str, str]]]


async def nobody() -> Mapping[str, str]:
    """The header fields of one who has no name."""
    return {}


class Client:
    """One caller; `headers` say who that is, and are asked for before each attempt."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        log: ClientLog,
        dice: random.Random,
        *,
        caller: str | None = None,
        headers: Headers = nobody,
    ) -> None:
        self._http = http
        self._log = log
        self._dice = dice
        self._caller = caller
        self._headers = headers

    async def ask(self, request: Request) -> httpx.Response | None:
        """Asks until there is an answer that stands; None when patience is over."""
        until = time.monotonic() + PATIENCE
        pause = FIRST_PAUSE
        calls: list[Call] = []
        while True:
            call, answer = await self._attempt(request)
            calls.append(call)
            if answer is not None and _is_final(answer):
                self._write(calls, answered=True)
                return answer
            if time.monotonic() > until:
                self._write(calls, answered=False)
                return None
            await asyncio.sleep(_wait(answer, pause) * self._dice.uniform(1.0, 1.3))
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _attempt(self, request: Request) -> tuple[Call, httpx.Response | None]:
        call = Call(
            request.operation,
            request.method,
            request.path,
            request.key,
            self._caller,
            forbidden=request.forbidden,
            at=time.time(),
        )
        fields = {**await self._headers(), **request.fields}
        began = time.monotonic()
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                answer = await self._http.request(
                    request.method, request.path, json=request.body, headers=fields
                )
        except (httpx.TransportError, TimeoutError) as error:
            took = time.monotonic() - began
            return replace(call, elapsed_s=took, error=type(error).__name__), None
        heard = replace(
            call,
            causes=_causes(request, fields, answer),
            status=answer.status_code,
            elapsed_s=time.monotonic() - began,
            retry_after=answer.headers.get("retry-after"),
            order_id=_order_of(request, answer),
        )
        return heard, answer

    def _write(self, calls: list[Call], *, answered: bool) -> None:
        for call in calls:
            self._log.write(replace(call, retried_ok=answered and call.status is None))


def _causes(request: Request, fields: Mapping[str, str], answer: httpx.Response) -> tuple[int, ...]:
    """Whoever has a token may meet a clock that is off, and everybody their own first request."""
    token = (401,) if "Authorization" in fields else ()
    in_flight = (409,) if IN_FLIGHT in answer.text else ()
    return (429, *request.causes, *token, *in_flight)


def _is_final(answer: httpx.Response) -> bool:
    if answer.status_code == 409:
        return IN_FLIGHT not in answer.text
    return answer.status_code not in AGAIN


def _wait(answer: httpx.Response | None, pause: float) -> float:
    """Seconds, no fewer than Retry-After says (RFC 9110 section 10.2.3)."""
    text = "" if answer is None else answer.headers.get("retry-after", "")
    return max(pause, float(text)) if text.isdecimal() else pause


def _order_of(request: Request, answer: httpx.Response) -> str | None:
    """The order that an answer to `place_order` speaks of."""
    location = str(answer.headers.get("location", ""))
    if request.operation != "place_order" or not location.startswith("/v1/orders/"):
        return None
    return location.rsplit("/", 1)[1]
