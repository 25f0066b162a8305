"""Two replicas over one database: the same keys, one seeding, and no double spending."""

import asyncio

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.key_store import KeyStore
from chassis.encryption import Encryption
from services.auth.tests.integration.conftest import Replica
from services.auth.tests.operator_key import OperatorKey
from services.auth.tests.world import CodeFlow, code_of


async def count(engine: AsyncEngine, query: str) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text(query))).scalar_one())


async def test_replicas_that_start_together_agree_on_keys_and_accounts(
    replica: Replica, engine: AsyncEngine
) -> None:
    browsers = await asyncio.gather(*(replica() for _ in range(3)))
    sets = [(await browser.get("/.well-known/jwks.json")).json() for browser in browsers]
    assert len(sets[0]["keys"]) == 1
    assert sets[0] == sets[1] == sets[2]
    assert await count(engine, "SELECT count(*) FROM users") == 5
    assert await count(engine, "SELECT count(*) FROM outbox") == 5
    assert await count(engine, "SELECT count(*) FROM keys") == 2


async def test_a_token_of_one_replica_is_good_at_the_other(replica: Replica) -> None:
    one, other = await replica(), await replica()
    flow = CodeFlow(one)
    code = code_of(await flow.sign_in("customer@souk.example"))
    flow.browser = other
    tokens = (await flow.redeem(code)).json()
    flow.browser = one
    tokens = (await flow.refresh(tokens["refresh_token"])).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    me = await other.get("/v1/users/me", headers=headers)
    assert me.json()["email"] == "customer@souk.example"


async def test_a_restart_keeps_the_keys(engine: AsyncEngine) -> None:
    encryption = Encryption([bytes(32)])
    first, second = KeyStore(engine, encryption), KeyStore(engine, encryption)
    await first.load()
    await second.load()
    assert (first.seal, first.public_set()) == (second.seal, second.public_set())
    assert len(first.seal) == 32


async def test_of_many_who_redeem_a_code_at_once_one_succeeds(
    browser: httpx.AsyncClient,
) -> None:
    flow = CodeFlow(browser)
    code = code_of(await flow.sign_in("customer@souk.example"))
    answers = await asyncio.gather(*(flow.redeem(code) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9
    (winner,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert (await flow.refresh(winner["refresh_token"])).json()["error"] == "invalid_grant"


async def test_fifty_who_refresh_at_once_leave_one_family_alive(
    replica: Replica, engine: AsyncEngine
) -> None:
    one, other = CodeFlow(await replica()), CodeFlow(await replica())
    tokens = await one.tokens()
    calls = [flow.refresh(tokens["refresh_token"]) for flow in (one, other) for _ in range(25)]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert (await other.refresh(successors.pop())).status_code == 200
    assert await count(engine, "SELECT count(*) FROM refresh_families") == 1


async def test_of_many_who_register_an_address_at_once_one_gets_it(
    browser: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    body = {"email": "race@example.com", "name": "Race", "password": "correct horse battery"}
    calls = [browser.post("/v1/users", json=body) for _ in range(8)]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert await count(engine, "SELECT count(*) FROM outbox WHERE key <> ''") == 6


async def test_of_many_who_import_an_address_at_once_all_get_the_same_account(
    browser: httpx.AsyncClient, operator_key: OperatorKey
) -> None:
    form = operator_key.client_credentials()
    token = (await browser.post("/oauth/token", data=form)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    body = {"email": "race@example.com", "name": "Race"}
    calls = [browser.post("/v1/users/imports", json=body, headers=headers) for _ in range(8)]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_an_assertion_is_spent_for_all_replicas(
    replica: Replica, operator_key: OperatorKey
) -> None:
    browsers = [await replica(), await replica()]
    form = operator_key.client_credentials()
    calls = [browser.post("/oauth/token", data=form) for browser in browsers * 4]
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
