"""A payment provider for development and tests, with a memory and transactions of its own.

It stands where Stripe would: it keeps what it did under our idempotency key before it answers,
so a call that timed out has still happened, and asking again gives the first answer. What it
decides later it posts to us (`simulated_webhooks.py`); `simulated_books.py` lists its charges.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Insert, Select, Update, and_, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from payments.adapters.provider_tables import provider_charges as charges
from payments.adapters.provider_tables import provider_requests as requests
from payments.adapters.provider_tokens import Behaviour, Manner, behaviour_of
from payments.domain.money import Money
from payments.domain.operation import Answer, Approved, Declined, Kind, Processing, Reply
from payments.domain.ports import ProviderUnavailable

HOLD_ENDED = "hold_ended"
_REFUSED = "charge_not_in_that_state"
_CHARGE = text(
    """
WITH remembered AS (
    INSERT INTO provider_requests (key, reference) VALUES (:key, :reference)
    ON CONFLICT DO NOTHING RETURNING reference
)
INSERT INTO provider_charges (reference, currency, authorised)
SELECT reference, :currency, :amount FROM remembered
"""
)
# The answer will be there in a while, and a notification of it is due just then.
_CHARGE_LATER = text(
    """
WITH remembered AS (
    INSERT INTO provider_requests (key, reference) VALUES (:key, :reference)
    ON CONFLICT DO NOTHING RETURNING reference
), charged AS (
    INSERT INTO provider_charges (reference, currency, authorised, decides_at, declined)
    SELECT reference, :currency, :amount, now() + :delay * interval '1 second', :declined
    FROM remembered RETURNING reference, decides_at
)
INSERT INTO provider_webhooks (id, reference, due_at)
SELECT 'evt_' || substr(reference, 4), reference, decides_at FROM charged
"""
)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: of the slow token, of a call that is never answered, and until a late answer."""

    slow: float = 2.0
    hung: float = 60.0
    later: float = 2.0


@dataclass(frozen=True, slots=True)
class _Done:
    answer: Answer
    first_time: bool


class SimulatedProvider:
    """Implements the `PaymentProvider` port."""

    def __init__(self, engine: AsyncEngine, pace: Pace | None = None) -> None:
        self._engine = engine
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._pace = pace or Pace()

    async def authorise(self, key: UUID, token: str, amount: Money) -> Reply:
        behaviour = behaviour_of(token)
        if behaviour.manner is Manner.LATER:
            return await self._charge_later(key, behaviour, amount)
        if behaviour.declined is not None:
            return (await self._once(key, Declined(behaviour.declined), None)).answer
        if behaviour.manner is Manner.SLOWLY:
            await asyncio.sleep(self._pace.slow)
        done = await self._charge(key, reference_of(key), amount)
        if behaviour.manner is Manner.HANGS_ONCE and done.first_time:
            await asyncio.sleep(self._pace.hung)
        return done.answer

    async def capture(self, key: UUID, reference: str, amount: Money, *, final: bool) -> Reply:
        taken = charges.c.captured + amount.amount
        change = _open(reference).where(taken <= charges.c.authorised)
        change = change.values(captured=taken, closed=final)
        done = await self._once(key, Approved(reference), change)
        over = isinstance(done.answer, Declined) and await self._is_over(reference)
        return Declined(HOLD_ENDED, hold_ended=True) if over else done.answer

    async def void(self, key: UUID, reference: str) -> Reply:
        untouched = charges.c.captured == 0
        change = update(charges).where(
            charges.c.reference == reference, or_(charges.c.closed.is_(False), untouched)
        )
        return (await self._once(key, Approved(reference), change.values(closed=True))).answer

    async def refund(self, key: UUID, reference: str, amount: Money) -> Reply:
        left = charges.c.captured - charges.c.refunded
        change = (
            update(charges)
            .where(charges.c.reference == reference, left >= amount.amount)
            .values(refunded=charges.c.refunded + amount.amount)
        )
        return (await self._once(key, Approved(reference), change)).answer

    async def inquire(self, kind: Kind, reference: str) -> Reply:
        """Only authorisations are ever answered later here."""
        async with _reached(self._single) as connection:
            row = (await connection.execute(standing(reference))).one_or_none()
        if row is None:
            return Declined(f"no_such_{kind.value}")
        return Processing(reference) if row.processing else _answer(reference, row.declined)

    async def _charge_later(self, key: UUID, behaviour: Behaviour, amount: Money) -> Reply:
        values = _charging(key, amount) | {
            "delay": self._pace.later,
            "declined": behaviour.declined,
        }
        async with _reached(self._single) as connection:
            await connection.execute(_CHARGE_LATER, values)
        return await self.inquire(Kind.AUTHORISE, reference_of(key))

    async def _charge(self, key: UUID, reference: str, amount: Money) -> _Done:
        """The call that every order makes, so it is one statement and a transaction by itself."""
        async with _reached(self._single) as connection:
            if (await connection.execute(_CHARGE, _charging(key, amount))).rowcount:
                return _Done(Approved(reference), first_time=True)
            row = (await connection.execute(_recall(key))).one()
            return _Done(_answer(row.reference, row.declined), first_time=False)

    async def _is_over(self, reference: str) -> bool:
        closed = select(charges.c.closed).where(charges.c.reference == reference)
        async with _reached(self._single) as connection:
            return bool(await connection.scalar(closed))

    async def _once(self, key: UUID, answer: Answer, change: Update | None) -> _Done:
        """Do the change and remember the answer under the key, or give the remembered one."""
        async with _reached(self._engine) as connection, connection.begin():
            claimed = await connection.execute(_remember(key, answer))
            if claimed.rowcount == 0:
                row = (await connection.execute(_recall(key))).one()
                return _Done(_answer(row.reference, row.declined), first_time=False)
            if change is not None and (await connection.execute(change)).rowcount == 0:
                answer = Declined(_REFUSED)
                await connection.execute(_correct(key, answer))
            return _Done(answer, first_time=True)


def reference_of(key: UUID) -> str:
    """The provider's name for the charge that was asked for under a key."""
    return f"ch_{key.hex}"


def standing(reference: str) -> Select[tuple[bool, str | None]]:
    """Whether a charge is still processing, and why it is declined where it is."""
    processing = func.coalesce(charges.c.decides_at > func.now(), False)
    return select(processing.label("processing"), charges.c.declined).where(
        charges.c.reference == reference
    )


@asynccontextmanager
async def _reached(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection; whatever goes wrong with it is the provider being away."""
    try:
        async with engine.connect() as connection:
            yield connection
    except (DBAPIError, PoolTimeout, OSError) as error:
        raise ProviderUnavailable(type(error).__name__) from error


def _charging(key: UUID, amount: Money) -> dict[str, object]:
    reference = reference_of(key)
    return {"key": key, "reference": reference} | {
        "amount": amount.amount,
        "currency": amount.currency,
    }


def _open(reference: str) -> Update:
    """A change of a charge of which something is held."""
    decided = or_(charges.c.decides_at.is_(None), charges.c.decides_at <= func.now())
    held = and_(charges.c.closed.is_(False), charges.c.declined.is_(None), decided)
    return update(charges).where(charges.c.reference == reference, held)


def _columns(answer: Answer) -> dict[str, str | None]:
    if isinstance(answer, Approved):
        return {"reference": answer.reference, "declined": None}
    return {"reference": None, "declined": answer.reason}


def _answer(reference: str | None, declined: str | None) -> Answer:
    if declined is None and reference is not None:
        return Approved(reference)
    return Declined(declined or _REFUSED)


def _remember(key: UUID, answer: Answer) -> Insert:
    return upsert(requests).values(key=key, **_columns(answer)).on_conflict_do_nothing()


def _recall(key: UUID) -> Select[tuple[str | None, str | None]]:
    return select(requests.c.reference, requests.c.declined).where(requests.c.key == key)


def _correct(key: UUID, answer: Answer) -> Update:
    return update(requests).where(requests.c.key == key).values(_columns(answer))
