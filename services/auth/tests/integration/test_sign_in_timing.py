"""How long a failed sign-in takes says nothing about the account: measured, with real hashes.

The same measure is held against a sign-in that skips the hash for an unknown account, which it
has to notice.
"""

import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
import pytest_asyncio
from fastapi import FastAPI

from auth.adapters.passwords import Argon2Passwords
from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.bootstrap import bootstrap
from auth.domain.second_factor import new_second_factor
from auth.settings import AuthSettings
from chassis.clock import utcnow
from services.auth.tests.account_fakes import MemoryThrottle
from services.auth.tests.operator_key import ISSUER
from services.auth.tests.world import CodeFlow

ROUNDS, ATTEMPTS = 11, 3
PLAIN, WITH_SECOND_FACTOR = "customer@souk.example", "admin@souk.example"
UNKNOWN, NO_ADDRESS = "stranger@souk.example", "no address"
KINDS = (PLAIN, WITH_SECOND_FACTOR, UNKNOWN, NO_ADDRESS)


class Unlimited(MemoryThrottle):
    """Lets every try through, so that the hash is reached each time."""

    async def take(self, *tries: object) -> None:
        """Counts nothing."""


class Hasty(Argon2Passwords):
    """The planted fault: answers at once where there is no hash to compare with."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return password_hash is not None and await super().verify(password_hash, password)


@pytest_asyncio.fixture
async def app(
    settings: AuthSettings, new_uow: Callable[[], AuthUnitOfWork]
) -> AsyncIterator[FastAPI]:
    app = bootstrap(settings).app
    async with app.router.lifespan_context(app):
        async with new_uow() as uow:
            user = await uow.users.by_email(WITH_SECOND_FACTOR)
            assert user is not None
            factor = new_second_factor(user.id, utcnow())
            factor.confirm(utcnow())
            await uow.second_factors.put(factor)
            await uow.commit()
        change(app, throttle=Unlimited())
        yield app


def change(app: FastAPI, **parts: object) -> None:
    """Puts other parts into the application's container."""
    app.state.container = replace(app.state.container, **parts)


async def spread(app: FastAPI, attempts: int = ATTEMPTS) -> float:
    """How far the medians of the kinds lie apart, as a share of the shortest.

    The kinds take turns, so that whatever else the machine does meets all of them alike. The least
    of a few attempts counts: noise only ever adds.
    """
    found = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as browser:
        flow = CodeFlow(browser)
        page = await flow.open()
        for _ in range(attempts):
            seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
            for _ in range(ROUNDS):
                for kind, column in seconds.items():
                    started = time.perf_counter()
                    answer = await flow.submit(page, email=kind, password="wrong")
                    column.append(time.perf_counter() - started)
                    assert answer.status_code == 422
            medians = [statistics.median(column) for column in seconds.values()]
            found.append(max(medians) / min(medians) - 1)
            if found[-1] < 0.2:
                break
    return min(found)


async def test_unknown_wrong_and_second_factor_take_the_same_time(app: FastAPI) -> None:
    assert await spread(app) < 0.25


async def test_a_sign_in_that_is_faster_for_strangers_is_noticed(app: FastAPI) -> None:
    hasty = Hasty()
    change(app, passwords=hasty)
    assert await spread(app, attempts=1) > 0.5
    hasty.close()
