"""Requests that are repeated until they are answered, and no more than that."""

import httpx
import pytest

from infra.native.tests.unit.shop.fake_shop import FakeShop
from native.shop import waiting
from native.shop.api import Refused, Unreachable
from native.shop.bounded import for_each
from native.shop.waiting import until_none_is_left


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_what_passes_by_itself_is_tried_again(fake: FakeShop, status: int) -> None:
    fake.faults = [httpx.Response(status), httpx.ConnectError("gone"), httpx.ReadError("cut")]
    answer = await fake.session().api.send("GET", "/v1/stock?limit=1")
    assert answer.status_code == 200
    assert len(fake.requests) == 4


async def test_retry_after_is_honoured(fake: FakeShop) -> None:
    fake.faults = [httpx.Response(429, headers={"Retry-After": "1"})]
    await fake.session().api.send("GET", "/v1/stock?limit=1")
    assert [pause >= 1 for pause in fake.pauses] == [True]


async def test_patience_ends_with_the_reason(fake: FakeShop) -> None:
    fake.faults = [httpx.Response(503, headers={"Retry-After": "60"})]
    with pytest.raises(Unreachable, match="status 503"):
        await fake.session().api.send("GET", "/v1/stock?limit=1")
    assert len(fake.requests) == 1


async def test_a_refusal_is_final_and_says_what_the_shop_said(fake: FakeShop) -> None:
    problem = {"type": "/problems/unknown-sku", "detail": "No such SKU."}
    fake.faults = [httpx.Response(422, json=problem)]
    with pytest.raises(Refused, match="POST /v1/carts: 422 /problems/unknown-sku No such SKU"):
        await fake.session().api.send("POST", "/v1/carts")


async def test_a_token_request_is_repeated_with_a_new_assertion(fake: FakeShop) -> None:
    operator = fake.session().operator
    fake.faults = []
    assert await operator.headers() == {"Authorization": "Bearer souk-operator"}
    fresh = fake.session().operator
    await fresh._api.send("GET", "/.well-known/oauth-authorization-server")
    fresh._issuer = "http://souk.test"
    fake.faults = [httpx.Response(503)]
    await fresh.headers()
    bodies = [r.content for r in fake.requests if r.url.path == "/oauth/token"]
    assert len(set(bodies)) == len(bodies) == 3


async def test_only_so_many_things_are_done_at_once_and_the_first_error_is_raised() -> None:
    running, most = 0, 0

    async def work(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await until_none_is_left(lambda: _found(0), lambda left: None)
        running -= 1
        if number == 7:
            raise Unreachable("seven")

    with pytest.raises(Unreachable, match="seven"):
        await for_each(range(100), work, at_once=3)
    assert most <= 3


async def test_waiting_goes_on_while_there_is_progress_and_ends_at_a_standstill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(waiting, "FIRST_PAUSE", 0.02)
    lefts = iter([2, 1, 0])
    found, left = await until_none_is_left(
        lambda: _found(next(lefts)), lambda _: None, standstill=0.04
    )
    assert (found, left) == ("found", 0)
    _, left = await until_none_is_left(lambda: _found(2), lambda _: None, standstill=0.0)
    assert left == 2


async def _found(left: int) -> tuple[str, int]:
    return "found", left
