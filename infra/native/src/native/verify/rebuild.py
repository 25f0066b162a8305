"""Builds every read model a second time, from the topics, with the services' own handlers (I10).

`gather` hands over what the topics hold. Each model has a scratch database with the same
migrations and an empty inbox, and no consumer group: the live one's offsets, its inbox and its
rows are not touched, and no worker or relay runs over the scratch database.
"""

import json
import sys
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from chassis.database import create_engine
from chassis.delivery import Delivery, Message
from native.children import run
from native.record import Record
from native.verify.read_models import MODELS, Model
from native.verify.sql import Snapshot, snapshot
from native.verify.topic_reader import Heard

_BATCH = 500


@dataclass(slots=True)
class _Building:
    """One model under construction, and the messages that it has not taken in yet."""

    model: Model
    dsn: str
    delivery: Delivery[Any]
    waiting: list[Message] = field(default_factory=list)

    async def take(self, heard: Sequence[Heard]) -> None:
        self.waiting += [
            each.message
            for each in heard
            if each.event is not None and each.message.topic in self.model.topics
        ]
        if len(self.waiting) >= _BATCH:
            await self.flush()

    async def flush(self) -> None:
        batch, self.waiting = self.waiting, []
        if batch:
            await deliver(self.delivery, batch)


class Rebuild:
    """All the models under construction."""

    def __init__(self, building: Sequence[_Building]) -> None:
        self._building = building

    async def take(self, heard: Sequence[Heard]) -> None:
        """Takes the next messages of a partition."""
        for building in self._building:
            await building.take(heard)

    async def rows(self) -> dict[str, Mapping[str, str]]:
        """The finished models: their tables by name, each row as text by its key."""
        finished: dict[str, Mapping[str, str]] = {}
        for building in self._building:
            await building.flush()
            async with snapshot(building.model.service, building.dsn) as database:
                finished |= await model_rows(building.model, database)
        return finished


async def deliver(delivery: Delivery[Any], batch: Sequence[Message]) -> None:
    """Like the consumer: a batch that fails is run again singly, and what fails is left out."""
    try:
        await delivery.deliver(batch)
    except _bad_message():
        for message in batch:
            try:
                await delivery.deliver([message])
            except _bad_message():
                continue


def _bad_message() -> tuple[type[Exception], ...]:
    """What a handler may raise about a message that no attempt could handle."""
    from sqlalchemy.exc import IntegrityError

    return (ValueError, KeyError, IntegrityError)


async def model_rows(model: Model, database: Snapshot) -> dict[str, Mapping[str, str]]:
    """The tables of a model as they are in a database."""
    found: dict[str, Mapping[str, str]] = {}
    for table, statement in model.tables.items():
        rows = {row["key"]: row["row"] async for row in database.rows(statement)}
        found[f"{model.service} {table}"] = rows
    return found


@asynccontextmanager
async def rebuilding(kept: Record) -> AsyncIterator[Rebuild]:
    """Makes the scratch databases, and drops them at the end."""
    suffix = uuid.uuid4().hex[:12]
    names = {model.service: f"verify_{model.service}_{suffix}" for model in MODELS}
    urls = {service: _scratch_url(kept, name) for service, name in names.items()}
    try:
        await _administer(kept, [f'CREATE DATABASE "{_name(url)}"' for url in urls.values()])
        await run([sys.executable, "-m", "native.migrate"], given=json.dumps(urls))
        async with AsyncExitStack() as stack:
            building = [await _begin(model, urls[model.service], stack) for model in MODELS]
            yield Rebuild(building)
    finally:
        drops = [f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)' for url in urls.values()]
        await _administer(kept, drops)


async def _begin(model: Model, dsn: str, stack: AsyncExitStack) -> _Building:
    engine = create_engine(dsn, name=f"verify-{model.service}")
    stack.push_async_callback(engine.dispose)
    handlers, unit_of_work = model.make(engine)
    return _Building(model, dsn, Delivery(f"verify-{model.service}", handlers, unit_of_work))


def _scratch_url(kept: Record, name: str) -> str:
    return kept.postgres_admin_dsn.rpartition("/")[0] + f"/{name}"


def _name(url: str) -> str:
    return url.rpartition("/")[2]


async def _administer(kept: Record, statements: Sequence[str]) -> None:
    import asyncpg

    admin: Any = await asyncpg.connect(kept.postgres_admin_dsn)
    try:
        for statement in statements:
            await admin.execute(statement)
    finally:
        await admin.close()
