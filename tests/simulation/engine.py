"""SQLAlchemy's and asyncpg's faces of the databases in memory, as far as the chassis looks at them.

The chassis's own statements are known by identity: `SqlUnitOfWork` and `IdempotencyKeys` run as
they are. The repositories of the services are in `stores/`; they use the transaction itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis import relay, sql_idempotency, unit_of_work
from tests.simulation.database import Database, OutboxRow, Transaction
from tests.simulation.world import CURRENT


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a statement."""

    found: Sequence[Any] = ()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.found)

    def scalars(self) -> Sequence[Any]:
        return self.found

    def one(self) -> Any:
        (row,) = self.found
        return row

    def one_or_none(self) -> Any:
        return self.one() if self.found else None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What a look at an idempotency key finds."""

    locked: bool
    fingerprint: str | None
    status: int | None
    location: str | None


class Connection:
    """One connection of an engine's pool, with one transaction."""

    def __init__(self, database: Database) -> None:
        self.world, self.name = database.world, database.name
        self.transaction = Transaction(database)
        self._committing = False

    async def __aenter__(self) -> "Connection":
        process = CURRENT.get()
        if process is not None:
            process.on_death.append(self._cut)
        return self

    async def __aexit__(self, *_: object) -> None:
        process = CURRENT.get()
        if process is not None and self._cut in process.on_death:
            process.on_death.remove(self._cut)
        self.transaction.roll_back()

    async def ask(self, what: str, effect: Callable[[], Any]) -> Any:
        """One statement: `effect` reads and changes the transaction when it arrives."""
        return await self.world.op("read", f"{self.name} {what}", effect)

    async def execute(self, statement: Any, values: Mapping[str, Any] | None = None) -> Any:
        """One of the chassis's statements."""
        given = values or {}
        if statement is unit_of_work._SEE:
            return await self.ask("inbox", lambda: self._see(given))
        if statement is unit_of_work._APPEND:
            return await self.ask("outbox", lambda: self._append(given))
        if statement is sql_idempotency._CLAIM:
            return await self.ask("claim", lambda: self._claim(given))
        if statement is sql_idempotency._FIND:
            return await self.ask("find", lambda: self._find(given))
        if statement is sql_idempotency._STORE:
            return await self.ask("key", lambda: self._store(given))
        raise NotImplementedError(f"the simulation does not know {statement}")

    async def commit(self) -> None:
        """Ends the transaction; once this is on the wire, a crash does not call it back."""
        self._committing = True
        label = f"{self.name} commit"
        await self.world.op("commit", label, self.transaction.commit, on_the_wire=True)

    def _cut(self) -> None:
        if not self._committing:
            self.transaction.roll_back()

    def _see(self, values: Mapping[str, Any]) -> Rows:
        consumer, new = values["consumer"], []
        for event_id in dict.fromkeys(values["ids"]):
            self.transaction.lock("inbox", (consumer, event_id))
            if self.transaction.find("inbox", (consumer, event_id)) is None:
                new.append(event_id)
        for event_id in new:
            self.transaction.working["inbox", (consumer, event_id)] = True
        return Rows(new)

    def _append(self, values: Mapping[str, Any]) -> Rows:
        columns = (values[name] for name in ("topics", "keys", "payloads", "traceparents"))
        for row in zip(*columns, strict=True):
            self.transaction.append(*row)
        return Rows()

    def _claim(self, values: Mapping[str, Any]) -> Rows:
        key = (values["scope"], values["key"])
        locked = self.transaction.try_lock("claim", key)
        stored = self.transaction.database.tables["keys"].get(key)
        return Rows([KeyRow(locked, *(stored or (None, None, None)))])

    def _find(self, values: Mapping[str, Any]) -> Rows:
        stored = self.transaction.database.tables["keys"].get((values["scope"], values["key"]))
        return Rows([KeyRow(False, *stored)] if stored else ())

    def _store(self, values: Mapping[str, Any]) -> Rows:
        columns = ("scopes", "keys", "fingerprints", "statuses", "locations")
        stored = []
        for scope, name, *answer in zip(*(values[each] for each in columns), strict=True):
            key = (scope, name)
            self.transaction.lock("keys", key)
            if self.transaction.find("keys", key) is None:
                self.transaction.working["keys", key] = tuple(answer)
                stored.append(key)
        return Rows(stored)


@dataclass(frozen=True, slots=True)
class Engine:
    """Makes connections."""

    database: Database

    def connect(self) -> Connection:
        return Connection(self.database)

    def execution_options(self, **_: Any) -> "Engine":
        return self


class DirectConnection:
    """asyncpg's connection, as the relay and the wake-ups use it."""

    def __init__(self, database: Database) -> None:
        self._database, self._world = database, database.world
        database.listeners[self] = {}
        process = CURRENT.get()
        if process is not None:
            process.on_death.append(self._cut)

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None:
        self._database.listeners[self][channel] = callback

    def add_termination_listener(self, callback: Callable[..., None]) -> None:
        """Nothing ends it but the process's end."""

    async def fetchval(self, statement: str, *_: Any) -> Any:
        assert statement == "SELECT pg_try_advisory_lock($1)", statement
        return await self._ask("lead", self._lead)

    async def fetch(self, statement: str, limit: int) -> list[OutboxRow]:
        assert statement is relay._READ
        rows: list[OutboxRow] = await self._ask("outbox read", lambda: self._outbox(limit))
        return rows

    async def execute(self, statement: str, ids: Sequence[int]) -> None:
        assert statement is relay._DELETE
        await self._ask("outbox delete", lambda: self._delete(ids))

    async def close(self, timeout: float) -> None:  # noqa: ASYNC109
        self._cut()

    async def _ask(self, what: str, effect: Callable[[], Any]) -> Any:
        return await self._world.op("read", f"{self._database.name} {what}", effect)

    def _lead(self) -> bool:
        if self._database.leader is None:
            self._database.leader = self
        return self._database.leader is self

    def _outbox(self, limit: int) -> list[OutboxRow]:
        outbox = self._database.tables["outbox"]
        return [outbox[number] for number in sorted(outbox)[:limit]]

    def _delete(self, ids: Sequence[int]) -> None:
        for number in ids:
            self._database.tables["outbox"].pop(number, None)

    def _cut(self) -> None:
        self._database.listeners.pop(self, None)
        if self._database.leader is self:
            self._database.leader = None
            self._world.unpark(f"{self._database.name} leader")
