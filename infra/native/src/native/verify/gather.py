"""Reads all of a stack once and fills the findings of I1 to I7 and I10; `judge` calls it.

Stores first, then topics up to where they end at that moment: at rest the two fit together.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.purge import INBOX_KEPT
from native import topics
from native.place import Place
from native.record import Record
from native.verify.availability import Availability
from native.verify.findings import Findings
from native.verify.invariants import models
from native.verify.invariants.bills import check_bills
from native.verify.invariants.commits import check_commits
from native.verify.invariants.effects import Effects
from native.verify.invariants.mails import ReceivedMail, check_mails
from native.verify.invariants.money import Books, check_money
from native.verify.invariants.orders import Orders
from native.verify.invariants.parts import check_charged, check_parts, check_returned
from native.verify.invariants.sagas import check_sagas
from native.verify.invariants.sequences import Sequences, stream_of
from native.verify.mail_folder import read_mails
from native.verify.reading import Stores, read_stores
from native.verify.rebuild import Rebuild, rebuilding
from native.verify.settle import OUTBOX_SECONDS
from native.verify.standing import Standing
from native.verify.topic_reader import Extent, Heard, read_topics

# Inboxes are purged now and then, so an event almost as old as they are kept is not judged.
_INBOX_SURELY_KEPT = INBOX_KEPT - timedelta(days=1)
_DEAD = ".dlq"


@dataclass(frozen=True, slots=True)
class Gathered:
    """The findings; I3 goes on with the client log. `extent` is how far the topics were read."""

    findings: list[Findings]
    orders: Orders
    extent: Extent


class _Listener:
    """Hands each batch of messages to everybody who wants it."""

    def __init__(self, effects: Effects, rebuild: Rebuild) -> None:
        self.sequences = Sequences()
        self.effects = effects
        self.availability = Availability()
        self.rebuild = rebuild
        self.no_envelopes = 0

    async def take(self, heard: Sequence[Heard]) -> None:
        for each in heard:
            if each.event is None:
                self.no_envelopes += 1
            else:
                self.sequences.take(each.message.topic, each.event)
                self.effects.take(each.message.topic, each.event)
        await self.availability.take(heard)
        await self.rebuild.take(heard)


async def gather(standing: Standing, place: Place, note: Callable[[str], None]) -> Gathered:
    """Reads everything; what happens meanwhile is not seen, or seen by half."""
    kept = standing.record
    note("reading the stores")
    async with _while_reading(kept) as (reading, rebuild):
        stores = await reading
        effects = Effects(stores.everywhere.inboxes, datetime.now(UTC) - _INBOX_SURELY_KEPT)
        listener = _Listener(effects, rebuild)
        note("reading the topics")
        names = [name for name in topics.names() if not name.endswith(_DEAD)]
        extent = await read_topics(kept.kafka_bootstrap, names, listener.take)
        note("comparing the read models")
        i10 = await _models(stores, listener)
    findings = [
        _money(stores),
        _stock(stores),
        _commits(stores, listener, extent, standing),
        _effects(stores, listener, extent, read_mails(place.mail)),
        listener.sequences.finish(extent.cut),
        _sagas(stores, standing),
        i10,
    ]
    return Gathered(findings, Orders(stores.orders.keyed, stores.orders.keys), extent)


@asynccontextmanager
async def _while_reading(kept: Record) -> AsyncIterator[tuple[asyncio.Task[Stores], Rebuild]]:
    """The scratch databases, which are made while the stores are read."""
    reading = asyncio.create_task(read_stores(kept))
    try:
        async with rebuilding(kept) as rebuild:
            yield reading, rebuild
    finally:
        reading.cancel()


def _money(stores: Stores) -> Findings:
    payments, orders = stores.payments, stores.orders
    books = Books(payments.entries, payments.payments, orders.money, payments.charges)
    found = check_money(books)
    check_parts(orders.parts, payments.parts, found)
    check_charged(orders.money, orders.parts, found)
    check_returned(orders.back, found)
    check_bills(orders.bills, orders.uses, found)
    return found


def _sagas(stores: Stores, standing: Standing) -> Findings:
    orders = stores.orders
    return check_sagas(
        orders.sagas, running=standing.running, asked=orders.asked, at_work=stores.payments.at_work
    )


def _stock(stores: Stores) -> Findings:
    inventory = stores.inventory
    return stores.shelves.finish(
        inventory.stock, inventory.adjusted, inventory.reservations, stores.orders.goods
    )


def _commits(stores: Stores, listener: _Listener, extent: Extent, standing: Standing) -> Findings:
    stored = stores.versions()
    return check_commits(
        stored,
        {store.stream: listener.sequences.highest(store.stream) for store in stored},
        stores.everywhere.waiting,
        limit_s=OUTBOX_SECONDS if standing.running else None,
        cut=frozenset(stream_of(topic) for topic in extent.cut),
    )


def _effects(
    stores: Stores, listener: _Listener, extent: Extent, mails: Iterable[ReceivedMail]
) -> Findings:
    from notifications.domain.message import Template

    for table, (total, repeated) in stores.everywhere.causes.items():
        listener.effects.rows(table, total, repeated)
    found = listener.effects.finish(bool(extent.cut))
    check_mails(stores.messages, mails, frozenset(Template), found)
    if listener.no_envelopes:
        found.note(f"{listener.no_envelopes} messages on the topics are no envelopes")
    return found


async def _models(stores: Stores, listener: _Listener) -> Findings:
    found = models.findings()
    rebuilt = await listener.rebuild.rows()
    for name, live in stores.everywhere.models.items():
        models.compare(name, live, rebuilt[name], found)
    live, again = listener.availability.rows(stores.documents)
    models.compare("catalog availability", live, again, found)
    return found
