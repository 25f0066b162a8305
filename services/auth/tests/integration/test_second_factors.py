"""Second factors in PostgreSQL and Redis: encrypted, one use each, whoever comes at once."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from pyotp import TOTP
from redis.asyncio import Redis
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.reseal import SecondFactorReseal
from auth.adapters.second_factor_repository import SqlSecondFactors
from auth.adapters.second_steps import WAIT_SECONDS, RedisSecondSteps
from auth.adapters.tables_accounts import second_factors
from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.guards import Guards
from auth.application.second_factor import (
    UseCode,
    begin_second_factor,
    confirm_second_factor,
    second_factor_is_on,
    take_second_step,
)
from auth.application.unit_of_work import UnitOfWork
from auth.domain.account_ports import SecondStep
from auth.domain.errors import WrongCode
from auth.domain.second_factor import SecondFactor, hash_recovery_code, new_second_factor
from auth.domain.user import User, new_user
from auth.settings import AuthSettings
from chassis.clock import utcnow
from chassis.encryption import Encryption, Undecryptable
from services.auth.tests.account_fakes import MemoryThrottle
from services.auth.tests.fakes import MemorySessions, MemoryUnitOfWork, QuickPasswords

NewUow = Callable[[], UnitOfWork]


@pytest.fixture(params=["memory", "postgresql"])
def make(request: pytest.FixtureRequest) -> NewUow:
    if request.param == "memory":
        memory = MemoryUnitOfWork()
        return lambda: memory
    found: Callable[[], AuthUnitOfWork] = request.getfixturevalue("new_uow")
    return found


async def owner(make: NewUow, *codes: str) -> tuple[User, SecondFactor]:
    """Somebody whose second step is on."""
    user = new_user(uuid4(), email=f"{uuid4()}@example.com", name="Ada", now=utcnow())
    factor = new_second_factor(user.id, utcnow())
    factor.confirm(utcnow())
    async with make() as uow:
        await uow.users.add(user)
        await uow.second_factors.put(factor)
        if codes:
            hashes = [hash_recovery_code(code) for code in codes]
            await uow.second_factors.replace_recovery_codes(user.id, hashes)
        await uow.commit()
    return user, factor


async def test_a_factor_is_kept_changed_and_removed(make: NewUow) -> None:
    user, factor = await owner(make, "one", "two")
    factor.last_step = 7
    async with make() as uow:
        await uow.second_factors.put(factor)
        assert await uow.second_factors.get(user.id) == factor
        assert await uow.second_factors.lock(uuid4()) is None
        one = hash_recovery_code("one")
        assert await uow.second_factors.take_recovery_code(user.id, one)
        assert not await uow.second_factors.take_recovery_code(user.id, one)
        await uow.second_factors.remove(user.id)
        assert await uow.second_factors.get(user.id) is None
        two = hash_recovery_code("two")
        assert not await uow.second_factors.take_recovery_code(user.id, two)


async def test_the_database_has_no_secret_and_no_row_reads_anothers(
    new_uow: Callable[[], AuthUnitOfWork], engine: AsyncEngine
) -> None:
    user, factor = await owner(new_uow)
    other, _factor = await owner(new_uow)
    table = second_factors
    async with engine.begin() as connection:
        rows = await connection.execute(select(table).where(table.c.user_id == user.id))
        sealed = rows.one().sealed_secret
        assert factor.secret.encode() not in sealed
        stolen = update(table).where(table.c.user_id == other.id).values(sealed_secret=sealed)
        await connection.execute(stolen)
    async with new_uow() as uow:
        with pytest.raises(Undecryptable):
            await uow.second_factors.get(other.id)


async def test_after_a_change_of_key_the_old_one_can_go(
    new_uow: Callable[[], AuthUnitOfWork], engine: AsyncEngine
) -> None:
    user, factor = await owner(new_uow)
    lost, _factor = await owner(new_uow)
    table = second_factors
    async with engine.begin() as connection:
        spoilt = update(table).where(table.c.user_id == lost.id).values(sealed_secret=b"spoilt")
        await connection.execute(spoilt)
    old, new = AuthSettings(environment="test").encryption_keys[0], b"n" * 32
    reseal = SecondFactorReseal(engine, Encryption([new, old]))
    assert await reseal() is False
    async with AuthUnitOfWork(engine, Encryption([new])) as uow:
        assert await uow.second_factors.get(user.id) == factor
    async with new_uow() as uow:
        with pytest.raises(Undecryptable):
            await uow.second_factors.get(user.id)


async def outcomes(new_uow: Callable[[], AuthUnitOfWork], user: User, code: str) -> list[object]:
    step = SecondStep(user.id, utcnow())
    tries = (take_second_step(step, code, new_uow(), MemoryThrottle(), utcnow()) for _ in range(6))
    return list(await asyncio.gather(*tries, return_exceptions=True))


async def test_of_those_who_use_one_code_at_once_one_gets_in(
    new_uow: Callable[[], AuthUnitOfWork],
) -> None:
    user, factor = await owner(new_uow, "rescue")
    for code in (TOTP(factor.secret).at(utcnow()), "rescue"):
        found = await outcomes(new_uow, user, code)
        assert sum(isinstance(one, User) for one in found) == 1
        assert sum(isinstance(one, WrongCode) for one in found) == 5


async def test_a_second_step_is_waited_for_a_few_minutes(redis: "Redis") -> None:
    steps, secret = RedisSecondSteps(redis), uuid4().hex
    step = SecondStep(uuid4(), utcnow() - timedelta(seconds=1))
    await steps.begin(secret, step)
    assert await steps.find(secret) == step
    names = [str(name) async for name in redis.scan_iter("auth:second-step:*")]
    assert not [name for name in names if secret in name]
    for name in names:
        assert 0 < await redis.ttl(name) <= WAIT_SECONDS
    # As it was written before it said how somebody came as far as this.
    (name,) = [name for name in names if str(step.user_id) in str(await redis.get(name))]
    await redis.set(name, json.dumps([str(step.user_id), step.began.timestamp()]), keepttl=True)
    assert await steps.find(secret) == step
    await steps.begin(secret, elsewhere := replace(step, method="fed"))
    assert await steps.find(secret) == elsewhere
    await steps.end(secret)
    assert await steps.find(secret) is None


async def test_a_new_secret_takes_no_factor_away_that_was_confirmed_meanwhile(
    new_uow: Callable[[], AuthUnitOfWork], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two pages set it up; the first gets no further than its look for an older one."""
    user = new_user(uuid4(), email="eve@example.com", name="Eve", now=utcnow(), password_hash="x")
    async with new_uow() as uow:
        await uow.users.add(user)
        await uow.commit()
    lock, go_on = SqlSecondFactors.lock, asyncio.Event()

    async def lock_and_wait(self: SqlSecondFactors, user_id: UUID) -> SecondFactor | None:
        found = await lock(self, user_id)
        await go_on.wait()
        return found

    monkeypatch.setattr(SqlSecondFactors, "lock", lock_and_wait)
    slow = asyncio.create_task(begin_second_factor(user.id, new_uow(), utcnow()))
    await asyncio.sleep(0.3)
    monkeypatch.setattr(SqlSecondFactors, "lock", lock)

    async def set_up() -> None:
        factor = await begin_second_factor(user.id, new_uow(), utcnow())
        command = UseCode(user.id, TOTP(factor.secret).at(utcnow()), uuid4())
        guards = Guards(QuickPasswords(), MemorySessions(), MemoryThrottle())
        await confirm_second_factor(command, new_uow(), guards, utcnow())

    setting_up = asyncio.create_task(set_up())
    await asyncio.sleep(0.5)
    go_on.set()
    await asyncio.gather(slow, setting_up)
    assert await second_factor_is_on(user.id, new_uow())
