"""What payments' tests share: the books in memory, a desk that works them off, and the API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis.application import create_app
from chassis.ids import uuid7
from chassis.testing import TokenMint
from payments.adapters.simulated_notifications import SimulatedNotifications
from payments.api.dependencies import Services
from payments.api.problems import PROBLEMS
from payments.application.authorise_payment import AuthorisePayment, authorise_payment
from payments.application.carry_out import carry_out
from payments.application.record_outcomes import record_outcomes
from payments.bootstrap import ROUTERS
from payments.domain.money import Money
from payments.domain.operation import Kind
from payments.settings import PaymentsSettings
from services.payments.tests.fakes import FakePaymentsUnitOfWork, FakeQueries, FakeReports
from services.payments.tests.saga import Saga
from services.payments.tests.scripted_provider import ScriptedProvider

WEBHOOK_SECRET = "whsec_test"

WorkOff = Callable[[ScriptedProvider], Awaitable[None]]
Authorise = Callable[..., Awaitable[None]]


@pytest.fixture
def uow() -> FakePaymentsUnitOfWork:
    return FakePaymentsUnitOfWork()


@pytest.fixture
def order_id() -> UUID:
    return uuid7()


@pytest.fixture
def saga(order_id: UUID, uow: FakePaymentsUnitOfWork) -> Saga:
    return Saga(order_id, uow)


@pytest.fixture
def authorise(uow: FakePaymentsUnitOfWork, order_id: UUID) -> Authorise:
    """Sends the command for the order, 17.70 GBP unless told otherwise."""

    async def send(token: str = "tok_visa", pence: int = 1770) -> None:
        async with uow:
            await authorise_payment(AuthorisePayment(order_id, Money(pence, "GBP"), token), uow)
            await uow.commit()

    return send


@pytest.fixture
def work_off(uow: FakePaymentsUnitOfWork) -> WorkOff:
    """Does what the desks do: one round of claims, calls and one record."""

    async def work(provider: ScriptedProvider) -> None:
        async with uow:
            claimed = await uow.operations.claim(Kind, 10, timedelta(seconds=1))
            await uow.commit()
        limit = timedelta(seconds=1)
        outcomes = [await carry_out(each, provider, time_limit=limit) for each in claimed]
        await record_outcomes(outcomes, uow, lambda origin: nullcontext())

    return work


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    return TokenMint()


@pytest.fixture
def app(uow: FakePaymentsUnitOfWork, mint: TokenMint) -> Any:
    return create_app(
        service="payments",
        settings=PaymentsSettings(environment="test"),
        routers=ROUTERS,
        problems=PROBLEMS,
        verifier=mint.verifier,
        checks={},
        container=Services(
            unit_of_work=lambda: uow,
            queries=FakeQueries(uow.books),
            reconciliations=FakeReports(uow.books),
            readers={"simulated": SimulatedNotifications(WEBHOOK_SECRET)},
            resume=lambda _origin: nullcontext(),
            reconciliation_days=7,
        ),
    )


@pytest.fixture
async def client(app: Any, mint: TokenMint) -> AsyncIterator[httpx.AsyncClient]:
    """A client with support's rights."""
    headers = mint.headers(scopes={"payments:read", "payments:write"})
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://souk", headers=headers
    ) as client:
        yield client
