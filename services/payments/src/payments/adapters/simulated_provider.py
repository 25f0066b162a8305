"""A payment provider for development and tests, with a memory and transactions of its own.

It stands where Stripe would: it keeps what it did under our idempotency key before it answers,
so a call that timed out has still happened, and asking again gives the first answer.
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Insert, Select, Update, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.adapters.provider_tables import provider_charges as charges
from payments.adapters.provider_tables import provider_requests as requests
from payments.adapters.provider_tokens import Manner, behaviour_of
from payments.domain.money import Money
from payments.domain.operation import Answer, Approved, Declined
from payments.domain.ports import ProviderUnavailable

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


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that the slow token takes, and that a call takes which never answers."""

    slow: float = 2.0
    hung: float = 60.0


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

    async def authorise(self, key: UUID, token: str, amount: Money) -> Answer:
        behaviour = behaviour_of(token)
        if behaviour.declined is not None:
            return (await self._once(key, Declined(behaviour.declined), None)).answer
        if behaviour.manner is Manner.SLOWLY:
            await asyncio.sleep(self._pace.slow)
        done = await self._charge(key, f"ch_{key.hex}", amount)
        if behaviour.manner is Manner.HANGS_ONCE and done.first_time:
            await asyncio.sleep(self._pace.hung)
        return done.answer

    async def capture(self, key: UUID, reference: str, amount: Money) -> Answer:
        change = (
            _open(reference)
            .where(charges.c.authorised >= amount.amount)
            .values(captured=amount.amount, closed=True)
        )
        return (await self._once(key, Approved(reference), change)).answer

    async def void(self, key: UUID, reference: str) -> Answer:
        change = _open(reference).values(closed=True)
        return (await self._once(key, Approved(reference), change)).answer

    async def refund(self, key: UUID, reference: str, amount: Money) -> Answer:
        left = charges.c.captured - charges.c.refunded
        change = (
            update(charges)
            .where(charges.c.reference == reference, left >= amount.amount)
            .values(refunded=charges.c.refunded + amount.amount)
        )
        return (await self._once(key, Approved(reference), change)).answer

    async def _charge(self, key: UUID, reference: str, amount: Money) -> _Done:
        """The call that every order makes, so it is one statement and a transaction by itself."""
        values = {
            "key": key,
            "reference": reference,
            "amount": amount.amount,
            "currency": amount.currency,
        }
        try:
            async with self._single.connect() as connection:
                if (await connection.execute(_CHARGE, values)).rowcount:
                    return _Done(Approved(reference), first_time=True)
                row = (await connection.execute(_recall(key))).one()
                return _Done(_answer(row.reference, row.declined), first_time=False)
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise ProviderUnavailable(type(error).__name__) from error

    async def _once(self, key: UUID, answer: Answer, change: Update | None) -> _Done:
        """Do the change and remember the answer under the key, or give the remembered one."""
        try:
            async with self._engine.begin() as connection:
                claimed = await connection.execute(_remember(key, answer))
                if claimed.rowcount == 0:
                    row = (await connection.execute(_recall(key))).one()
                    return _Done(_answer(row.reference, row.declined), first_time=False)
                if change is not None and (await connection.execute(change)).rowcount == 0:
                    answer = Declined(_REFUSED)
                    await connection.execute(_correct(key, answer))
            return _Done(answer, first_time=True)
        except (DBAPIError, PoolTimeout, OSError) as error:
            raise ProviderUnavailable(type(error).__name__) from error


def _open(reference: str) -> Update:
    """A change of a charge that is neither captured nor voided yet."""
    return update(charges).where(charges.c.reference == reference, charges.c.closed.is_(False))


def _columns(answer: Answer) -> dict[str, str | None]:
    if isinstance(answer, Approved):
        return {"reference": answer.reference, "declined": None}
    return {"reference": None, "declined": answer.reason}


def _answer(reference: str | None, declined: str | None) -> Answer:
    return Declined(declined or _REFUSED) if reference is None else Approved(reference)


def _remember(key: UUID, answer: Answer) -> Insert:
    return upsert(requests).values(key=key, **_columns(answer)).on_conflict_do_nothing()


def _recall(key: UUID) -> Select[tuple[str | None, str | None]]:
    return select(requests.c.reference, requests.c.declined).where(requests.c.key == key)


def _correct(key: UUID, answer: Answer) -> Update:
    return update(requests).where(requests.c.key == key).values(_columns(answer))
