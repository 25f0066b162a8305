"""A database of one service in memory: transactions, row locks, outbox, inbox, notifications.

It stands where PostgreSQL does, under the chassis's real unit of work: what a transaction has not
committed is seen by nobody and is gone with its process; a lock makes others wait; READ COMMITTED.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from tests.simulation.world import World

_PLAIN = (int, float, str, bytes, bool, type(None), frozenset, tuple)


class UniqueViolation(Exception):
    """A row with this key is there already."""


class Deadlock(ConnectionError):
    """Two transactions wait for each other; this one is to begin again (SQLSTATE 40P01)."""


def clone(value: Any) -> Any:
    """A copy that shares only what nobody can change."""
    if isinstance(value, _PLAIN):
        return value
    kind = type(value)
    if kind is list:
        return [clone(item) for item in value]
    if kind is dict:
        return {key: clone(item) for key, item in value.items()}
    if not is_dataclass(value) or kind.__dataclass_params__.frozen:
        return value
    copy = object.__new__(kind)
    for part in fields(value):
        setattr(copy, part.name, clone(getattr(value, part.name)))
    return copy


@dataclass(slots=True)
class OutboxRow:
    """As the relay reads it."""

    id: int
    topic: str
    key: str
    payload: bytes
    traceparent: str | None

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


@dataclass(eq=False)
class Database:
    """What is committed, and who holds which lock."""

    world: World
    name: str
    tables: defaultdict[str, dict[Any, Any]] = field(
        default_factory=lambda: defaultdict[str, dict[Any, Any]](dict)
    )
    locks: dict[tuple[str, Any], "Transaction"] = field(default_factory=dict)
    leader: object | None = None
    listeners: dict[object, dict[str, Callable[..., None]]] = field(default_factory=dict)
    rows: int = 0

    def notify(self, channel: str) -> None:
        """Tells everybody who listens."""
        for channels in list(self.listeners.values()):
            if channel in channels:
                channels[channel](None, 0, channel, "")


class Transaction:
    """One transaction; `begin` makes one, its end gives every lock back."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.world = database.world
        self.working: dict[tuple[str, Any], Any] = {}
        self.on_commit: list[Callable[[], None]] = []
        self.channels: set[str] = set()
        self.outbox: list[OutboxRow] = []
        self.waits_for: Transaction | None = None
        self.open = True

    def lock(self, table: str, key: Any) -> None:
        """Takes a row's lock, inside an effect; raises what makes the op wait for it."""
        if not self.try_lock(table, key):
            holder = self.database.locks[table, key]
            self._wait_for(holder)
            raise self.world.park(self.database.name)
        self.waits_for = None

    def try_lock(self, table: str, key: Any) -> bool:
        """Takes a row's lock unless another has it."""
        return self.database.locks.setdefault((table, key), self) is self

    def find(self, table: str, key: Any) -> Any:
        """The row as this transaction sees it: its own copy where it has changed it."""
        if (table, key) in self.working:
            return self.working[table, key]
        return self.database.tables[table].get(key)

    def copy(self, table: str, key: Any) -> Any:
        """A row of its own to change; None where there is none. Lock it before."""
        if (table, key) not in self.working:
            stored = self.database.tables[table].get(key)
            if stored is None:
                return None
            self.working[table, key] = clone(stored)
        return self.working[table, key]

    def insert(self, table: str, key: Any, row: Any) -> None:
        """Adds a row, inside an effect; raises UniqueViolation."""
        self.lock(table, key)
        if self.find(table, key) is not None:
            raise UniqueViolation(f"{table} {key}")
        self.working[table, key] = row

    def append(self, topic: str, key: str, payload: bytes, traceparent: str | None) -> None:
        """Adds a row to the outbox, numbered now and seen after the commit."""
        self.database.rows += 1
        self.outbox.append(OutboxRow(self.database.rows, topic, key, payload, traceparent))

    def commit(self) -> None:
        """Makes all of it count at once."""
        if not self.open:
            raise ConnectionError("the connection is closed")
        for (table, key), row in self.working.items():
            self.database.tables[table][key] = row
        for act in self.on_commit:
            act()
        outbox = self.database.tables["outbox"]
        outbox.update({row.id: row for row in self.outbox})
        if self.outbox:
            self.channels.add("outbox")
        self._end()
        for channel in sorted(self.channels):
            self.database.notify(channel)

    def roll_back(self) -> None:
        """Forgets all of it."""
        if self.open:
            self._end()

    def _end(self) -> None:
        self.open = False
        held = [place for place, holder in self.database.locks.items() if holder is self]
        for place in held:
            del self.database.locks[place]
        self.working = {}
        self.world.unpark(self.database.name)

    def _wait_for(self, holder: "Transaction") -> None:
        self.waits_for = holder
        after: Transaction | None = holder
        while after is not None:
            if after is self:
                self.waits_for = None
                raise Deadlock("deadlock detected")
            after = after.waits_for
