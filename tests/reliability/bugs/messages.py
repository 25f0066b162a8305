"""Bugs of the way of a message: outbox, relay, consumer, inbox, idempotency key."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import chassis.relay
from chassis.consumer import Consumer
from chassis.envelope import Event
from chassis.infrastructure import is_infrastructure
from chassis.plumbing import OUTBOX_CHANNEL
from chassis.relay import _BATCH, _DELETE, _READ, Relay, _outgoing
from chassis.sql_idempotency import IdempotencyKeys
from chassis.unit_of_work import SqlUnitOfWork
from tests.reliability.bugs.registry import Put, bug


@bug("offsets_first", "I5", "offsets are committed before the database")
def _offsets_first(put: Put) -> None:
    async def consume(self: Any, consumer: Any) -> None:
        while not self._stopping.is_set():
            polled = await consumer.getmany(timeout_ms=500, max_records=200)
            records = [record for batch in polled.values() for record in batch]
            if records:
                await consumer.commit({tp: batch[-1].offset + 1 for tp, batch in polled.items()})
                await self._until_done(lambda r=records: self._deliver(r))

    put(Consumer, "_consume", consume)


@bug("acknowledged_after_error", "I5", "a batch that failed is acknowledged all the same")
def _acknowledged_after_error(put: Put) -> None:
    deliver = Consumer._deliver

    async def swallow(self: Any, records: Any) -> None:
        try:
            await deliver(self, records)
        except Exception as error:
            if not is_infrastructure(error):
                raise

    put(Consumer, "_deliver", swallow)


@bug("no_inbox", "I5", "the inbox is not asked")
def _no_inbox(put: Put) -> None:
    async def unseen(_self: Any, _consumer: str, events: Sequence[Event]) -> set[UUID]:
        return {event.id for event in events}

    put(SqlUnitOfWork, "unseen", unseen)


@bug("inbox_after_effect", "I5", "the inbox is written after the effect, on its own")
def _inbox_after_effect(put: Put) -> None:
    see, commit = SqlUnitOfWork.unseen, SqlUnitOfWork.commit

    async def unseen(self: Any, consumer: str, events: Sequence[Event]) -> set[UUID]:
        async with SqlUnitOfWork(self._engine) as look:
            new = await see(look, consumer, events)
        self._to_see = (consumer, [event for event in events if event.id in new])
        return new

    async def commit_then_see(self: Any) -> None:
        await commit(self)
        if (later := getattr(self, "_to_see", None)) is not None:
            async with SqlUnitOfWork(self._engine) as own:
                await see(own, *later)
                await own.connection.commit()

    put(SqlUnitOfWork, "unseen", unseen)
    put(SqlUnitOfWork, "commit", commit_then_see)


@bug("event_before_commit", "I6", "events go out in a transaction of their own, before the state")
def _event_before_commit(put: Put) -> None:
    commit = SqlUnitOfWork.commit

    async def events_first(self: Any) -> None:
        self.flush()
        if self._outgoing:
            async with SqlUnitOfWork(self._engine) as own:
                own._outgoing, self._outgoing = self._outgoing, []
                await commit(own)
        await commit(self)

    put(SqlUnitOfWork, "commit", events_first)


@bug("event_forgotten", "I6", "the events of a commit are published after it, from memory")
def _event_forgotten(put: Put) -> None:
    commit = SqlUnitOfWork.commit

    async def state_first(self: Any) -> None:
        self.flush()
        later, self._outgoing = self._outgoing, []
        await commit(self)
        if later:
            async with SqlUnitOfWork(self._engine) as own:
                own._outgoing = later
                await commit(own)

    put(SqlUnitOfWork, "commit", state_first)


@bug("no_idempotency_key", "I3", "an Idempotency-Key is not remembered")
def _no_idempotency_key(put: Put) -> None:
    async def nothing(*_: Any) -> None:
        return None

    async def everything(_self: Any, answers: Any) -> set[tuple[str, str]]:
        return {(key.scope, key.key) for key, _ in answers}

    put(IdempotencyKeys, "find", nothing)
    put(IdempotencyKeys, "store_all", everything)


@bug("relay_without_claim", "RUN", "every replica relays, whoever has the lock")
def _relay_without_claim(put: Put) -> None:
    async def session(self: Any) -> None:
        connection = await _connected(self)
        try:
            await self._relay_while_leader(connection)
        finally:
            await self._producer.stop()
            await connection.close(timeout=2)

    put(Relay, "_session", session)


@bug("outbox_deleted_first", "I4", "outbox rows are deleted before they are published")
def _outbox_deleted_first(put: Put) -> None:
    async def relay_batch(self: Any, connection: Any) -> int:
        rows = await connection.fetch(_READ, _BATCH)
        if rows:
            await connection.execute(_DELETE, [row["id"] for row in rows])
            await self._producer.send_all([_outgoing(row) for row in rows])
        return len(rows)

    put(Relay, "_relay_batch", relay_batch)


@bug("newest_first", "I6", "the relay publishes a batch from its end")
def _newest_first(put: Put) -> None:
    async def relay_batch(self: Any, connection: Any) -> int:
        rows = list(await connection.fetch(_READ, _BATCH))
        if rows:
            await self._producer.send_all([_outgoing(row) for row in reversed(rows)])
            await connection.execute(_DELETE, [row["id"] for row in rows])
        return len(rows)

    put(Relay, "_relay_batch", relay_batch)


async def _connected(relay: Any) -> Any:
    driver = vars(chassis.relay)["asyncpg"]
    connection = await driver.connect(relay._dsn, timeout=5, command_timeout=30)
    await connection.add_listener(OUTBOX_CHANNEL, lambda *_: relay._wake.set())
    await relay._producer.start()
    return connection
