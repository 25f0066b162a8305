"""Our auth as a client of another instance of our auth, over real sockets, consent and all."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx
import pytest_asyncio

from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.domain.client import AUTHORIZATION_CODE, Client
from chassis.clock import utcnow
from chassis.testing_process import Running, free_port, running
from native.testing import Engines
from services.auth.tests.world import action, csrf

CUSTOMER, PASSWORD = "customer@souk.example", "souk-demo-2026"
ADA = {"email": "ada@example.com", "name": "Ada", "password": "correct horse battery"}
NewUow = Callable[[], AuthUnitOfWork]
BEGIN = "/oauth/sign-in/providers/partner"


@dataclass
class Pair:
    """A shop and a provider; they have other names for one machine, so that cookies keep apart."""

    browser: httpx.AsyncClient
    shop: str
    provider: str

    async def begin(self) -> httpx.Response:
        """Leaves for the provider."""
        answer = await self.browser.get(self.shop + BEGIN)
        assert answer.status_code == 303, answer.text
        return await self.browser.get(answer.headers["location"])

    async def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Sends the page's form."""
        return await self.browser.post(
            urljoin(str(page.url), action(page)), data={"csrf": csrf(page), **fields}
        )

    async def sign_in(self, email: str, password: str) -> httpx.Response:
        """Signs in at the provider, allows what the shop asks for, and comes back."""
        page = await self.submit(await self.begin(), email=email, password=password)
        if page.status_code == 200:
            assert "Allow access" in page.text
            page = await self.submit(page)
        return await self.follow(page)

    async def follow(self, page: httpx.Response) -> httpx.Response:
        assert page.status_code == 303, page.text
        location = page.headers["location"]
        assert location.startswith(f"{self.shop}{BEGIN}/callback?code=")
        return await self.browser.get(location)


@pytest_asyncio.fixture
async def pair(engines: Engines, dsn: str, new_uow: NewUow) -> AsyncIterator[Pair]:
    shop, provider = (f"http://{host}:{free_port()}" for host in ("localhost", "127.0.0.1"))
    await register(new_uow, f"{shop}{BEGIN}/callback")
    partner = {"id": "partner", "name": "Partner", "issuer": provider, "client_id": "shop"}
    instances: tuple[tuple[str, str, int, list[dict[str, str]]], ...] = (
        (provider, dsn, 1, []),
        (shop, await engines.database("auth"), 2, [partner]),
    )
    async with AsyncExitStack() as stack:
        for url, database, number, providers in instances:
            environment = {
                "SOUK_ISSUER": url,
                "SOUK_PORT": url.rpartition(":")[2],
                "SOUK_DATABASE_URL": database,
                "SOUK_REDIS_URL": f"{engines.redis_url.rpartition('/')[0]}/{number}",
                "SOUK_SEED_DEMO": "true",
                "SOUK_IDENTITY_PROVIDERS": json.dumps(providers),
            }
            found = await stack.enter_async_context(running("auth", **environment))
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
            await Running(found.process, client).ready()
        browser = await stack.enter_async_context(httpx.AsyncClient())
        yield Pair(browser, shop, provider)


async def register(new_uow: NewUow, redirect_uri: str) -> None:
    """Registers the shop at the provider, as a public client whom people are asked about."""
    client = Client(
        id="shop",
        name="The shop next door",
        grant_types=frozenset({AUTHORIZATION_CODE}),
        scopes=frozenset({"openid", "email", "profile"}),
        redirect_uris=(redirect_uri,),
    )
    async with new_uow() as uow:
        await uow.clients.put(client, utcnow())
        await uow.commit()


async def confirm_address(new_uow: NewUow) -> None:
    """Confirms Ada's address at the provider, as the link of its mail would."""
    async with new_uow() as uow:
        user = await uow.users.by_email(ADA["email"])
        assert user is not None
        user.verify_email(user.email_key, utcnow())
        await uow.users.save(user)
        await uow.commit()


async def test_two_instances_of_our_auth_trust_each_other_as_far_as_they_should(
    pair: Pair, new_uow: NewUow
) -> None:
    known = await pair.sign_in(CUSTOMER, PASSWORD)
    assert known.status_code == 403
    assert "Sign in to it with its password" in known.text

    assert (await pair.browser.post(f"{pair.provider}/v1/users", json=ADA)).status_code == 201
    pair.browser.cookies.clear()
    unconfirmed = await pair.sign_in(ADA["email"], ADA["password"])
    assert "does not vouch" in unconfirmed.text

    await confirm_address(new_uow)
    pair.browser.cookies.clear()
    arrived = await pair.sign_in(ADA["email"], ADA["password"])
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/account")
    account = await pair.browser.get(f"{pair.shop}/account")
    assert ADA["email"] in account.text
    assert "Unlink Partner" in account.text


async def test_an_answer_of_another_provider_or_used_before_opens_nothing(pair: Pair) -> None:
    page = await pair.submit(await pair.begin(), email=CUSTOMER, password=PASSWORD)
    page = await pair.submit(page)
    location = page.headers["location"]
    other = location.replace("iss=http%3A%2F%2F127.0.0.1", "iss=http%3A%2F%2Fevil.example")
    assert other != location
    mixed_up = await pair.browser.get(other)
    assert mixed_up.status_code == 403
    assert "another provider" in mixed_up.text
    again = await pair.browser.get(location)
    assert "not asked for in this browser" in again.text
