"""Links to identities elsewhere: one suite over the fakes and PostgreSQL, and browsers in Redis."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from auth.adapters.departures import WAIT_SECONDS, RedisDepartures
from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.foreign_sign_in import new_departure, sign_in_by
from auth.application.unit_of_work import UnitOfWork
from auth.domain.identity_provider import ForeignIdentity, ForeignSignInRefused, LinkedIdentity
from auth.domain.user import User, new_user
from chassis.clock import utcnow
from services.auth.tests.fakes import NOON, MemoryUnitOfWork

NewUow = Callable[[], UnitOfWork]
ISSUER = "https://id.example"


@pytest.fixture(params=["memory", "postgresql"])
def make(request: pytest.FixtureRequest) -> NewUow:
    if request.param == "memory":
        memory = MemoryUnitOfWork()
        return lambda: memory
    found: Callable[[], AuthUnitOfWork] = request.getfixturevalue("new_uow")
    return found


async def someone(make: NewUow) -> User:
    user = new_user(uuid4(), email=f"{uuid4()}@example.com", name="Ada", now=NOON)
    async with make() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def test_a_link_is_found_by_issuer_and_subject_and_ended_by_its_owner(make: NewUow) -> None:
    ada, bob = await someone(make), await someone(make)
    link = LinkedIdentity(ISSUER, "ada-1", ada.id, NOON)
    async with make() as uow:
        await uow.identities.add(link)
        assert await uow.identities.find(ISSUER, "ada-1") == link
        assert await uow.identities.find("https://other.example", "ada-1") is None
        assert await uow.identities.of_user(ada.id) == [link]
        for other in (
            LinkedIdentity(ISSUER, "ada-1", bob.id, NOON),
            LinkedIdentity(ISSUER, "ada-2", ada.id, NOON),
        ):
            with pytest.raises(ForeignSignInRefused):
                await uow.identities.add(other)
        await uow.identities.remove(bob.id, ISSUER)
        assert await uow.identities.find(ISSUER, "ada-1") == link
        await uow.identities.remove(ada.id, ISSUER)
        assert await uow.identities.find(ISSUER, "ada-1") is None


async def test_of_those_who_arrive_at_once_with_one_identity_all_get_one_account_or_are_told(
    new_uow: Callable[[], AuthUnitOfWork],
) -> None:
    identity = ForeignIdentity(ISSUER, "ada-1", "ada@example.com", "Ada")
    outcomes = await asyncio.gather(
        *(sign_in_by(identity, new_uow(), utcnow()) for _ in range(6)), return_exceptions=True
    )
    arrived = {outcome.id for outcome in outcomes if isinstance(outcome, User)}
    assert len(arrived) == 1
    assert all(isinstance(one, User | ForeignSignInRefused) for one in outcomes)


async def test_a_departure_comes_back_once_and_in_its_own_browser(redis: "Redis") -> None:
    departures = RedisDepartures(redis)
    now = utcnow().replace(microsecond=0)
    for link_to in (None, uuid4()):
        departure = new_departure("partner", {"client_id": "c"}, now, link_to)
        secret = uuid4().hex
        await departures.keep(secret, departure)
        names = [str(name) async for name in redis.scan_iter("auth:departure:*")]
        assert not [name for name in names if secret in name or departure.state in name]
        for name in names:
            assert 0 < await redis.ttl(name) <= WAIT_SECONDS
        assert await departures.take("another browser", departure.state) is None
        assert await departures.take(secret, "another state") is None
        assert await departures.take(secret, departure.state) == departure
        assert await departures.take(secret, departure.state) is None
