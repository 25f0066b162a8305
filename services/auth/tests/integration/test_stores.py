"""Redis and the attic as they really behave: lifetimes, hashes, and being away."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.attic import SqlAttic
from auth.adapters.redis_store import RedisSpentAssertions
from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.purge_expired import purge_expired
from auth.bootstrap import bootstrap
from auth.domain.grant_ports import Assertion
from auth.domain.refresh_family import LIFETIME
from auth.domain.user import new_user
from auth.settings import AuthSettings
from services.auth.tests.fakes import NOON
from services.auth.tests.grant_samples import a_code, a_family
from services.auth.tests.operator_key import OperatorKey
from services.auth.tests.world import CodeFlow, csrf


async def test_an_assertion_is_spent_once_and_remembered_while_valid(redis: "Redis") -> None:
    spent = RedisSpentAssertions(redis)
    until = datetime.now(UTC) + timedelta(seconds=30)
    assertion = Assertion("c", "c", str(uuid4()), until)
    assert await spent.spend(assertion)
    assert not await spent.spend(assertion)
    assert await spent.spend(Assertion("d", "d", assertion.jti, until))
    for name in [name async for name in redis.scan_iter("auth:assertion:*")]:
        assert 0 < await redis.ttl(name) <= 400


async def test_the_attic_keeps_what_can_still_be_used(
    new_uow: Callable[[], AuthUnitOfWork], engine: AsyncEngine
) -> None:
    user = new_user(uuid4(), email="a@example.com", name="A", now=NOON)
    async with new_uow() as uow:
        await uow.users.add(user)
        for hours in (0, 23, 25):
            at = NOON - timedelta(hours=hours)
            await uow.codes.add(a_code(user.id, at, code_hash=bytes([hours])))
        for days in (0, 29, 31):
            began = NOON - timedelta(days=days)
            await uow.families.add(a_family(user.id, began))
        await uow.commit()
    assert timedelta(days=30) == LIFETIME
    assert await purge_expired(SqlAttic(engine), NOON) == 2
    assert await purge_expired(SqlAttic(engine), NOON) == 0


async def test_while_redis_is_away_nobody_signs_in_and_readiness_says_why(
    settings: AuthSettings, operator_key: OperatorKey
) -> None:
    lame = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    app = bootstrap(lame).app
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as api:
            closed = await CodeFlow(api).open()
            assert (closed.status_code, closed.headers["retry-after"]) == (503, "2")
            await nobody_guesses_uncounted(api)
            form = operator_key.client_credentials()
            assert (await api.post("/oauth/token", data=form)).status_code == 503
            ready = await api.get("/health/ready")
            assert (ready.status_code, ready.json()["missing"]) == (503, ["redis"])
            assert (await api.get("/.well-known/jwks.json")).status_code == 200


async def nobody_guesses_uncounted(api: httpx.AsyncClient) -> None:
    """The forms that try something are closed too: their tries could not be counted."""
    page = await api.get("/account/forgotten-password")
    assert page.status_code == 200
    for path in ("/account/forgotten-password", "/account/email-verification", "/oauth/sign-in"):
        form = {"csrf": csrf(page), "email": "customer@souk.example", "password": "souk-demo-2026"}
        answer = await api.post(path, data=form)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
