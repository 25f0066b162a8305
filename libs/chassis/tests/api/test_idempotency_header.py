"""The header Idempotency-Key: demanded where routes create, and a digest of what it stands for."""

from typing import Any

import httpx
import pytest

from chassis.testing import TokenMint

THING = {"name": "n", "quantity": 1, "price": {"amount": 255, "currency": "GBP"}}


async def post(
    client: httpx.AsyncClient, mint: TokenMint, *keys: str, thing: Any = THING
) -> httpx.Response:
    headers = [*mint.headers("me", {"things:write"}).items()]
    headers += [("Idempotency-Key", key) for key in keys]
    return await client.post("/v1/things", json=thing, headers=headers)


async def test_a_missing_key_is_a_problem_of_its_own(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    response = await post(client, mint)
    assert response.status_code == 400
    assert response.json()["type"] == "/problems/idempotency-key-missing"


@pytest.mark.parametrize("keys", [[""], ["a b"], ["x" * 256], ["a", "b"], ["k\x7f"]], ids=repr)
async def test_an_odd_key_is_invalid(
    client: httpx.AsyncClient, mint: TokenMint, keys: list[str]
) -> None:
    response = await post(client, mint, *keys)
    assert response.status_code == 400
    assert response.json()["type"] == "/problems/idempotency-key-invalid"


async def test_the_fingerprint_stands_for_the_whole_request(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    first = (await post(client, mint, "k")).json()
    assert (await post(client, mint, "k")).json() == first
    other = (await post(client, mint, "k", thing={**THING, "quantity": 2})).json()
    assert other["fingerprint"] != first["fingerprint"]
    assert first["scope"] == "sub:me POST /v1/things"


async def test_an_optional_key_may_be_left_out_but_not_be_odd(client: httpx.AsyncClient) -> None:
    async def patch(**headers: str) -> httpx.Response:
        return await client.patch("/v1/things", json={}, headers=headers)

    assert (await patch()).json() == {"keyed": False}
    assert (await patch(**{"Idempotency-Key": "k"})).json() == {"keyed": True}
    assert (await patch(**{"Idempotency-Key": "k k"})).status_code == 400
