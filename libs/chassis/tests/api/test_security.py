"""401 without a good token, 403 without the scope, and a guest only where guests may be."""

import httpx
import pytest
from fastapi import FastAPI

from chassis.jwks import HttpJwks
from chassis.testing import TokenMint
from chassis.tokens import TokenVerifier

THING = {"name": "n", "quantity": 1, "price": {"amount": 255, "currency": "GBP"}}
URL = "/v1/things/00000000-0000-0000-0000-000000000009"


async def post(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await client.post("/v1/things", json=THING, headers={"Idempotency-Key": "k", **headers})


async def test_no_token_is_401_with_a_challenge(client: httpx.AsyncClient) -> None:
    response = await post(client, {})
    assert response.status_code == 401
    assert response.json()["type"] == "/problems/authentication-required"
    assert response.headers["www-authenticate"] == 'Bearer realm="souk"'


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Basic eDp5", "Bearer x", "x", "Bearer a b"]
)
async def test_a_bad_token_is_401_even_where_guests_may_be(
    client: httpx.AsyncClient, value: str
) -> None:
    for response in (
        await post(client, {"Authorization": value}),
        await client.get(URL, headers={"Authorization": value}),
    ):
        assert response.status_code == 401
        assert response.json()["type"] == "/problems/invalid-token"
        assert 'error="invalid_token"' in response.headers["www-authenticate"]


async def test_two_tokens_are_none(client: httpx.AsyncClient, mint: TokenMint) -> None:
    value = mint.headers()["Authorization"]
    headers = [("Authorization", value), ("Authorization", value)]
    assert (await client.get(URL, headers=headers)).status_code == 401


async def test_a_token_without_the_scope_is_403_and_names_it(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    response = await post(client, mint.headers(scopes={"things:read"}))
    assert response.status_code == 403
    assert response.json()["type"] == "/problems/insufficient-scope"
    assert 'scope="things:write"' in response.headers["www-authenticate"]


async def test_the_right_scope_opens_the_route(client: httpx.AsyncClient, mint: TokenMint) -> None:
    response = await post(client, mint.headers("me", {"things:write"}))
    assert response.status_code == 201
    assert response.json()["scope"] == "sub:me POST /v1/things"


@pytest.mark.parametrize("scopes", [{"audits:read"}, {"audits:read_all", "things:read"}], ids=str)
async def test_any_one_of_several_scopes_opens_the_route(
    client: httpx.AsyncClient, mint: TokenMint, scopes: set[str]
) -> None:
    response = await client.get("/v1/audits", headers=mint.headers("me", scopes))
    assert response.json()["caller"] == "sub:me"


async def test_a_token_with_none_of_several_scopes_is_403_and_told_which_to_ask_for(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    assert (await client.get("/v1/audits")).status_code == 401
    response = await client.get("/v1/audits", headers=mint.headers(scopes={"audits"}))
    assert response.status_code == 403
    assert "audits:read or audits:read_all" in response.json()["detail"]
    assert 'scope="audits:read"' in response.headers["www-authenticate"]


async def test_a_guest_and_a_customer_may_both_come(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    assert (await client.get(URL)).json() == {"caller": None}
    assert (await client.get(URL, headers=mint.headers("me"))).json() == {"caller": "sub:me"}
    lower = {"authorization": mint.headers("me")["Authorization"].replace("Bearer", "bearer")}
    assert (await client.get(URL, headers=lower)).json() == {"caller": "sub:me"}


async def test_a_token_that_cannot_be_checked_is_503_and_not_401(
    client: httpx.AsyncClient, app: FastAPI, mint: TokenMint
) -> None:
    jwks = HttpJwks("http://127.0.0.1:1/")
    app.state.verifier = TokenVerifier(mint.issuer, mint.audience, jwks)
    response = await client.get(URL, headers=mint.headers())
    assert response.status_code == 503
    assert response.json()["type"] == "/problems/keys-unavailable"
    assert response.headers["retry-after"] == "10"
    assert (await client.get(URL)).status_code == 200


async def test_a_forged_identity_header_means_nothing(client: httpx.AsyncClient) -> None:
    response = await client.get(URL, headers={"X-User-Id": "admin", "X-Roles": "admin"})
    assert response.json() == {"caller": None}
