"""Each attempt of a caller is written down with the refusals that it may bring upon itself."""

import random
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from native.chaos.client import IN_FLIGHT, Client, Request
from native.verify.client_log import Call, ClientLog, read

ORDER = Request("place_order", "POST", "/v1/orders", {}, "k-1", causes=(412,))


async def staff() -> Mapping[str, str]:
    return {"Authorization": "Bearer t"}


async def asked(tmp_path: Path, *answers: httpx.Response, **more: object) -> list[Call]:
    """What the log says of a request that gets these answers."""
    left = list(answers)
    transport = httpx.MockTransport(lambda _: left.pop(0))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as http:
        with ClientLog(tmp_path / "log") as log:
            client = Client(http, log, random.Random(1), **more)  # type: ignore[arg-type]
            await client.ask(ORDER)
    return list(read(tmp_path / "log"))


async def test_a_guest_may_be_told_what_the_request_may_cause_and_to_slow_down(
    tmp_path: Path,
) -> None:
    (call,) = await asked(tmp_path, httpx.Response(412))
    assert (call.status, call.causes) == (412, [429, 412])


async def test_a_token_may_meet_a_clock_that_is_off(tmp_path: Path) -> None:
    (call,) = await asked(tmp_path, httpx.Response(401), headers=staff)
    assert call.causes == [429, 412, 401]


async def test_who_meets_their_own_first_request_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("native.chaos.client.FIRST_PAUSE", 0.0)
    busy = httpx.Response(409, json={"type": IN_FLIGHT})
    first, second = await asked(tmp_path, busy, httpx.Response(201))
    assert (first.status, first.causes) == (409, [429, 412, 409])
    assert (second.status, second.causes) == (201, [429, 412])


async def test_another_conflict_is_not_among_the_causes(tmp_path: Path) -> None:
    (call,) = await asked(tmp_path, httpx.Response(409, json={"type": "/problems/cart-ordered"}))
    assert (call.status, call.causes) == (409, [429, 412])
