"""Tokens given back, looked at and taken away: RFC 7009, RFC 7662, and what replays cost."""

from typing import Any

import httpx
import pytest

from services.auth.tests.api.test_clients_api import CLIENTS, MACHINE
from services.auth.tests.api.test_users_api import token
from services.auth.tests.world import CodeFlow, World, code_of


@pytest.fixture
def flow(api: httpx.AsyncClient) -> CodeFlow:
    return CodeFlow(api)


class Inspector:
    """A confidential client that asks about tokens."""

    def __init__(self, api: httpx.AsyncClient, client: dict[str, Any]) -> None:
        self._api = api
        self.auth = (client["client_id"], client["client_secret"])

    async def ask(self, text: str) -> dict[str, Any]:
        form = {"token": text}
        answer = await self._api.post("/oauth/introspect", data=form, auth=self.auth)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def inspector(api: httpx.AsyncClient, seeded: World) -> Inspector:
    headers = {"Authorization": await token(seeded, "clients:write")}
    return Inspector(api, (await api.post(CLIENTS, json=MACHINE, headers=headers)).json())


async def revoke(flow: CodeFlow, text: str, client: str = "swagger-ui") -> httpx.Response:
    form = {"token": text, "client_id": client, "token_type_hint": "whatever"}
    return await flow.browser.post("/oauth/revoke", data=form)


async def test_a_living_access_token_is_described(
    flow: CodeFlow, inspector: Inspector, seeded: World
) -> None:
    tokens = await flow.tokens(scope="profile")
    claims = await seeded.verifier.verify(tokens["access_token"])
    assert await inspector.ask(tokens["access_token"]) == {
        "active": True,
        "token_type": "Bearer",
        "iss": "http://localhost:8080",
        "sub": claims.subject,
        "client_id": "swagger-ui",
        "scope": "profile",
        "iat": claims.issued_at,
        "exp": claims.expires_at,
        "jti": claims.token_id,
    }


async def test_of_anything_else_only_that_it_is_not_good_is_said(
    flow: CodeFlow, inspector: Inspector
) -> None:
    tokens = await flow.tokens(scope="openid")
    access = tokens["access_token"]
    for text in ("x", access[:-2], tokens["id_token"], tokens["refresh_token"]):
        assert await inspector.ask(text) == {"active": False}


async def test_a_revoked_access_token_is_dead_alone(flow: CodeFlow, inspector: Inspector) -> None:
    tokens = await flow.tokens()
    assert (await revoke(flow, tokens["access_token"])).status_code == 200
    assert await inspector.ask(tokens["access_token"]) == {"active": False}
    assert (await flow.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_revoked_refresh_token_takes_everything_with_it(
    flow: CodeFlow, inspector: Inspector, seeded: World
) -> None:
    first = await flow.tokens()
    second = (await flow.refresh(first["refresh_token"])).json()
    assert (await revoke(flow, second["refresh_token"])).status_code == 200
    assert (await flow.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    for tokens in (first, second):
        assert await inspector.ask(tokens["access_token"]) == {"active": False}
    assert ("auth_revocations", "") in seeded.uow.notified


@pytest.mark.parametrize("text", ["x", "A" * 70, "a.b.c"])
async def test_what_is_no_token_is_revoked_without_a_word(flow: CodeFlow, text: str) -> None:
    answer = await revoke(flow, text)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_nobody_revokes_another_clients_tokens(
    flow: CodeFlow, inspector: Inspector, api: httpx.AsyncClient
) -> None:
    tokens = await flow.tokens()
    for name in ("access_token", "refresh_token"):
        form = {"token": tokens[name]}
        answer = await api.post("/oauth/revoke", data=form, auth=inspector.auth)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await inspector.ask(tokens["access_token"]))["active"]
    assert (await flow.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_public_client_revokes_but_does_not_introspect(flow: CodeFlow) -> None:
    tokens = await flow.tokens()
    form = {"token": tokens["access_token"], "client_id": "swagger-ui"}
    refused = await flow.browser.post("/oauth/introspect", data=form)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert (await flow.browser.post("/oauth/introspect", data={"token": "x"})).status_code == 401
    missing = await flow.browser.post("/oauth/revoke", data={"client_id": "swagger-ui"})
    assert missing.json()["error"] == "invalid_request"


async def test_a_replayed_code_revokes_the_access_tokens_too(
    flow: CodeFlow, inspector: Inspector
) -> None:
    code = code_of(await flow.sign_in("customer@souk.example"))
    first = (await flow.redeem(code)).json()
    refreshed = (await flow.refresh(first["refresh_token"])).json()
    assert (await flow.redeem(code)).status_code == 400
    for tokens in (first, refreshed):
        assert await inspector.ask(tokens["access_token"]) == {"active": False}


async def test_a_reused_refresh_token_revokes_the_access_tokens_too(
    flow: CodeFlow, inspector: Inspector, seeded: World
) -> None:
    first = await flow.tokens()
    second = (await flow.refresh(first["refresh_token"])).json()
    seeded.clock.forward(seconds=11)
    assert (await flow.refresh(first["refresh_token"])).status_code == 400
    assert await inspector.ask(second["access_token"]) == {"active": False}


async def test_a_client_looks_at_its_own_living_refresh_token_only(
    flow: CodeFlow, inspector: Inspector, seeded: World
) -> None:
    tokens = await flow.tokens(scope="profile")
    assert await inspector.ask(tokens["refresh_token"]) == {"active": False}
    for family in seeded.uow.shelf.families.values():
        family.client_id = inspector.auth[0]
    assert (await inspector.ask(tokens["refresh_token"]))["scope"] == "profile"
