"""One suite over the fakes and over PostgreSQL, so that the fakes stay honest."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import AuthMethod, Client
from auth.domain.errors import EmailTaken, UserNotFound
from auth.domain.grant_ports import Exchange
from auth.domain.user import User, new_user
from services.auth.tests.fakes import NOON, MemoryUnitOfWork
from services.auth.tests.grant_samples import SCOPES, a_code, a_family

NewUow = Callable[[], UnitOfWork]


@pytest.fixture(params=["memory", "postgresql"])
def make(request: pytest.FixtureRequest) -> NewUow:
    if request.param == "memory":
        memory = MemoryUnitOfWork()
        return lambda: memory
    found: Callable[[], AuthUnitOfWork] = request.getfixturevalue("new_uow")
    return found


def someone(email: str = "Ada@example.com") -> User:
    return new_user(uuid4(), email=email, name="Ada", now=NOON, password_hash="x")


async def add(make: NewUow, user: User) -> User:
    async with make() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def test_an_account_is_found_by_id_and_by_address(make: NewUow) -> None:
    user = await add(make, someone())
    async with make() as uow:
        assert await uow.users.get(user.id) == user
        assert await uow.users.by_email("ada@example.com") == user
        assert await uow.users.by_email("Ada@example.com") is None
        with pytest.raises(UserNotFound):
            await uow.users.get(UUID(int=1))


async def test_what_is_not_committed_never_happened(make: NewUow) -> None:
    user = someone()
    async with make() as uow:
        await uow.users.add(user)
    async with make() as uow:
        assert await uow.users.by_email(user.email_key) is None


async def test_an_address_is_taken_once_and_the_transaction_goes_on(make: NewUow) -> None:
    first = await add(make, someone())
    async with make() as uow:
        with pytest.raises(EmailTaken):
            await uow.users.add(someone("aDA@example.com"))
        assert await uow.users.by_email("ada@example.com") == first


async def test_a_change_of_name_is_kept(make: NewUow) -> None:
    user = await add(make, someone())
    async with make() as uow:
        locked = await uow.users.lock(user.id)
        locked.rename("Augusta")
        await uow.users.save(locked)
        await uow.commit()
    async with make() as uow:
        found = await uow.users.get(user.id)
        assert (found.name, found.version) == ("Augusta", 2)


async def test_a_client_is_replaced_and_turned_off(make: NewUow) -> None:
    key = {"kty": "RSA", "n": "x", "e": "AQAB"}
    client = Client(
        id="c",
        name="C",
        grant_types=frozenset({"a", "b"}),
        scopes=SCOPES,
        redirect_uris=("http://x/1",),
        post_logout_redirect_uris=("http://x/2",),
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        public_key=key,
        first_party=True,
    )
    method = AuthMethod.SECRET_BASIC
    other = replace(client, name="D", auth_method=method, public_key=None, secret_hash=b"s")
    other = replace(other, redirect_uris=(), first_party=False, version=2)
    for version in (client, other, client):
        async with make() as uow:
            await uow.clients.put(version, NOON)
            assert await uow.clients.get("c") == await uow.clients.lock("c") == version
            await uow.commit()
    async with make() as uow:
        await uow.clients.disable("c")
        await uow.clients.disable("nobody")
        assert await uow.clients.get("c") is None


async def test_a_code_remembers_the_family_that_it_founded(make: NewUow) -> None:
    user = await add(make, someone())
    code = a_code(user.id, NOON, session_id=UUID(int=3), nonce="n")
    async with make() as uow:
        await uow.codes.add(code)
        await uow.commit()
    async with make() as uow:
        found = await uow.codes.lock(b"h")
        assert found == code
        found.family_id = UUID(int=7)
        await uow.codes.save(found)
        assert await uow.codes.lock(b"other") is None
        await uow.commit()
    async with make() as uow:
        assert await uow.codes.lock(b"h") == found


async def test_a_family_keeps_its_generation_and_its_end(make: NewUow) -> None:
    user = await add(make, someone())
    family = a_family(user.id, NOON)
    async with make() as uow:
        await uow.families.add(family)
        await uow.commit()
    async with make() as uow:
        found = await uow.families.lock(family.id)
        assert found == family
        found.rotate(0, "c", NOON + timedelta(minutes=5))
        found.revoke(NOON + timedelta(minutes=6))
        await uow.families.save(found)
        await uow.commit()
    async with make() as uow:
        assert await uow.families.lock(family.id) == found
        assert await uow.families.lock(UUID(int=1)) is None


async def test_an_assertion_is_good_for_one_exchange(make: NewUow) -> None:
    async with make() as uow:
        for client, expected in (("c", True), ("c", False), ("d", True)):
            exchange = Exchange(client, UUID(int=1), "jti", uuid4(), SCOPES, NOON)
            assert await uow.exchanges.record(exchange) is expected


async def test_an_account_and_its_event_commit_together(
    new_uow: Callable[[], AuthUnitOfWork],
) -> None:
    user = await add(new_uow, someone())
    async with new_uow() as uow:
        with pytest.raises(EmailTaken):
            await uow.users.add(someone())
        await uow.commit()
        rows = (await uow.connection.execute(text("SELECT topic, key FROM outbox"))).all()
    assert [tuple(row) for row in rows] == [("auth.events", str(user.id))]
