"""Refresh tokens over HTTP: rotation, the short grace, and what reuse costs."""

from dataclasses import replace

import httpx
import pytest

from auth.application.seed import swagger_client
from services.auth.tests.world import CodeFlow, World, code_of


@pytest.fixture
def flow(api: httpx.AsyncClient) -> CodeFlow:
    return CodeFlow(api)


async def test_each_refresh_gives_a_new_pair(flow: CodeFlow, seeded: World) -> None:
    first = await flow.tokens(scope="profile orders:read")
    second = (await flow.refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["scope"] == "orders:read profile"
    assert (await seeded.verifier.verify(second["access_token"])).subject.endswith("f1")


async def test_the_token_just_replaced_gives_the_same_successor_for_ten_seconds(
    flow: CodeFlow, seeded: World
) -> None:
    first = await flow.tokens()
    answers = [(await flow.refresh(first["refresh_token"])).json() for _ in range(3)]
    assert len({answer["refresh_token"] for answer in answers}) == 1
    seeded.clock.forward(seconds=10)
    assert (await flow.refresh(first["refresh_token"])).status_code == 200


async def test_a_token_that_comes_back_after_the_grace_ends_its_family(
    flow: CodeFlow, seeded: World
) -> None:
    first = await flow.tokens()
    second = (await flow.refresh(first["refresh_token"])).json()
    seeded.clock.forward(seconds=11)
    reused = await flow.refresh(first["refresh_token"])
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert (await flow.refresh(second["refresh_token"])).status_code == 400


async def test_the_grace_is_for_the_immediate_predecessor_only(flow: CodeFlow) -> None:
    first = await flow.tokens()
    second = (await flow.refresh(first["refresh_token"])).json()
    third = (await flow.refresh(second["refresh_token"])).json()
    assert (await flow.refresh(first["refresh_token"])).status_code == 400
    assert (await flow.refresh(third["refresh_token"])).status_code == 400


async def test_one_familys_end_leaves_the_others_alone(flow: CodeFlow, seeded: World) -> None:
    stolen, other = await flow.tokens(), await flow.tokens(prompt="login")
    await flow.refresh(stolen["refresh_token"])
    seeded.clock.forward(seconds=11)
    assert (await flow.refresh(stolen["refresh_token"])).status_code == 400
    assert (await flow.refresh(other["refresh_token"])).status_code == 200


async def test_a_family_ends_after_thirty_days_however_often_it_is_used(
    flow: CodeFlow, seeded: World
) -> None:
    token = (await flow.tokens())["refresh_token"]
    for _ in range(2):
        seeded.clock.forward(days=14)
        token = (await flow.refresh(token)).json()["refresh_token"]
    seeded.clock.forward(days=2)
    assert (await flow.refresh(token)).status_code == 400


async def test_a_refresh_may_ask_for_less_and_never_for_more(flow: CodeFlow) -> None:
    token = (await flow.tokens(scope="profile orders:read"))["refresh_token"]
    more = await flow.refresh(token, scope="profile orders:write")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")
    less = await flow.refresh(token, scope="profile")
    assert less.json()["scope"] == "profile"
    again = await flow.refresh(less.json()["refresh_token"])
    assert again.json()["scope"] == "orders:read profile"


@pytest.mark.parametrize("change", ["", "x", "A" * 70, "ä" * 70, "-"])
async def test_a_made_up_refresh_token_is_refused(flow: CodeFlow, change: str) -> None:
    answer = await flow.refresh(change)
    expected = "invalid_request" if change in {"", "ä" * 70} else "invalid_grant"
    assert (answer.status_code, answer.json()["error"]) == (400, expected)


async def test_no_bit_of_a_refresh_token_can_be_changed(flow: CodeFlow) -> None:
    token = (await flow.tokens())["refresh_token"]
    for place in range(0, len(token) - 1, 3):
        other = "A" if token[place] != "A" else "B"
        forged = token[:place] + other + token[place + 1 :]
        assert (await flow.refresh(forged)).status_code == 400
    assert (await flow.refresh(token)).status_code == 200


async def test_another_clients_refresh_token_is_refused_and_stays_alive(
    flow: CodeFlow, seeded: World
) -> None:
    from auth.domain.client import AUTHORIZATION_CODE, REFRESH_TOKEN, Client

    grants = frozenset({AUTHORIZATION_CODE, REFRESH_TOKEN})
    async with seeded.new_uow() as uow:
        other = Client("other", "Other", grants, frozenset({"profile"}))
        await uow.clients.put(other, seeded.clock())
        await uow.commit()
    token = (await flow.tokens())["refresh_token"]
    stolen = await flow.refresh(token, client_id="other")
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await flow.refresh(token)).status_code == 200


async def test_what_a_client_is_no_longer_registered_for_it_gets_no_more(
    flow: CodeFlow, seeded: World
) -> None:
    tokens = await flow.tokens(scope="profile orders:read")
    code = code_of(await flow.open(scope="profile orders:read", prompt="none"))
    narrowed = replace(swagger_client(seeded.issuer), scopes=frozenset({"profile"}))
    async with seeded.new_uow() as uow:
        await uow.clients.put(narrowed, seeded.clock())
        await uow.commit()
    for answer in (await flow.refresh(tokens["refresh_token"]), await flow.redeem(code)):
        assert answer.json()["scope"] == "profile"
        claims = await seeded.verifier.verify(answer.json()["access_token"])
        assert claims.scopes == {"profile"}
