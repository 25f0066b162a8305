"""What must hold at the end of every run, whatever went wrong in it: I1 to I7, in memory.

Each function yields what is violated in words. They are the questions of `./souk verify`, asked of
the stores and topics of a simulated shop.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.envelope import Event
from tests.simulation.buyers import Buyers
from tests.simulation.plan import Buy, Cancel, Pass, Replica
from tests.simulation.shop import Shop

COMMANDS = ("inventory.commands", "payments.commands")
# What explains no copy of a message: nothing is lost by it.
HARMLESS = (Buy, Cancel, Pass, Replica)
TOPICS = ("orders.events", "inventory.events", "payments.events", *COMMANDS)


@dataclass
class Facts:
    """The shop and the buyers at the end of a run, and every message that was published."""

    shop: Shop
    buyers: Buyers
    events: dict[str, list[Event]] = field(init=False)

    def __post_init__(self) -> None:
        records = self.shop.broker.records
        self.events = {t: [Event.from_json(r.value) for r in records(t)] for t in TOPICS}

    def all_events(self) -> list[Event]:
        """Those of every topic, copies included."""
        return [event for events in self.events.values() for event in events]


def money(facts: Facts) -> Iterator[str]:
    """I1: the ledger sums to zero; ledger, payments and provider agree on each payment."""
    tables = facts.shop.databases["payments"].tables
    sums: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    for payment_id, posting in tables["postings"].values():
        for entry in posting.entries:
            sums[payment_id][entry.account.value] += entry.money.amount
    for payment in tables["payments"].values():
        booked = sums[payment.id]
        if sum(booked.values()):
            yield f"I1 the ledger of {_short(payment.order_id)} does not sum to zero"
        taken, back = -booked["sales"], booked["refunds"]
        if (taken, back) != (payment.captured, payment.refunded):
            yield f"I1 {_short(payment.order_id)}: {taken}, {back} booked, not what was taken"
        charge = facts.shop.provider.charges.get(payment.reference or "")
        if charge and (charge.captured, charge.refunded) != (taken, back):
            yield f"I1 the provider says {charge} of {_short(payment.order_id)}"
        if charge and charge.held != booked["customer_authorisations"]:
            yield f"I1 {_short(payment.order_id)}: the provider holds {charge.held}, not as booked"
    known = {payment.reference for payment in tables["payments"].values()}
    for reference, charge in facts.shop.provider.charges.items():
        if reference not in known and charge.held:
            yield f"I1 the provider holds {charge.held} that no payment knows of"


def stock(facts: Facts) -> Iterator[str]:
    """I2: the units of each SKU add up, at every movement, and to what orders hold and bought."""
    tables = facts.shop.databases["inventory"].tables
    for sku, opening in facts.shop.world.plan.stock.items():
        row = tables["stock"][sku]
        if row.available + row.reserved + row.sold != opening:
            yield f"I2 {sku}: {row.available} + {row.reserved} + {row.sold} is not {opening}"
        buckets = Counter(available=opening)
        for move in (m for m in tables["movements"].values() if m.sku == sku):
            for bucket in ("available", "reserved", "sold"):
                buckets[bucket] += getattr(move, bucket)
            if min(buckets.values()) < 0:
                yield f"I2 {sku} goes below zero"
        if (row.available, row.reserved, row.sold) != _three(buckets):
            yield f"I2 {sku} is not what its movements add up to"
        held = _units(tables, sku, "held"), _units(tables, sku, "committed")
        if held != (row.reserved, row.sold):
            yield f"I2 {sku}: reservations say {held}, the shelf {row.reserved}, {row.sold}"


def promises(facts: Facts) -> Iterator[str]:
    """I3: every order that a buyer was told of exists once, and a key made one order at most."""
    stored = facts.shop.databases["orders"].tables["orders"]
    wanted = {number for number, _ in enumerate(facts.buyers.purchases)}
    for number, bought in facts.buyers.purchases.items():
        told = set(bought.was_told)
        if len(told) > 1:
            yield f"I3 buyer {number} was told of {len(told)} orders for one key"
        if missing := told - stored.keys():
            yield f"I3 order {_short(missing.pop())} of buyer {number} is gone"
    if len(stored) > len(wanted):
        yield f"I3 {len(stored)} orders of {len(wanted)} keys"


def publishing(facts: Facts) -> Iterator[str]:
    """I4: no outbox row waits, and the version stored is the highest that was published."""
    for name, database in facts.shop.databases.items():
        if database.tables["outbox"]:
            yield f"I4 {len(database.tables['outbox'])} rows wait in the outbox of {name}"
    rows = {
        "orders.events": facts.shop.databases["orders"].tables["orders"],
        "payments.events": facts.shop.databases["payments"].tables["payments"],
        "inventory.events": facts.shop.databases["inventory"].tables["reservations"],
    }
    for topic, table in rows.items():
        heads = {subject: max(seen) for subject, seen in _sequences(facts.events[topic]).items()}
        for row in table.values():
            subject = str(getattr(row, "order_id", None) or row.id)
            head = heads.get(subject, 0)
            if head != row.version:
                yield f"I4 {topic} of {_short(subject)} ends at {head}, not {row.version}"


def one_effect(facts: Facts) -> Iterator[str]:
    """I5: each consumer took in each message once, and it had one effect."""
    moves = facts.shop.databases["inventory"].tables["movements"].values()
    for key, count in Counter((m.cause, m.sku, m.kind) for m in moves).items():
        if count > 1:
            yield f"I5 {key[2]} of {key[1]} was done {count} times by one command"
    effects = {(e.id, e.causation_id, e.type, e.subject) for e in facts.all_events()}
    for effect, count in Counter(effect[1:] for effect in effects if effect[1]).items():
        if count > 1:
            yield f"I5 {effect[1]} of {_short(effect[2])} was said {count} times for one message"
    for name, consumer in facts.shop.consumers.items():
        inbox = facts.shop.databases[name.partition("-")[0]].tables["inbox"]
        for event in (e for topic in consumer._topics for e in facts.events.get(topic, ())):
            if event.type in consumer._delivery._handlers and (name, event.id) not in inbox:
                yield f"I5 {name} never took in {event.type} of {_short(event.subject)}"


def no_copies(facts: Facts) -> Iterator[str]:
    """I5: no message is there twice unless a fault explains it, and none was given up."""
    faults = [item for _, item in facts.shop.world.plan.items if not isinstance(item, HARMLESS)]
    ids = [event.id for event in facts.all_events()]
    if not faults and len(ids) > len(set(ids)):
        yield f"I5 {len(ids) - len(set(ids))} copies although nothing went wrong"
    for topic in {place.topic for place in facts.shop.broker.logs if place.topic.endswith(".dlq")}:
        yield f"I5 {len(facts.shop.broker.records(topic))} dead letters in {topic}"


def in_order(facts: Facts) -> Iterator[str]:
    """I6: by first appearance the events of an aggregate are in order, without a gap.

    The commands of a saga are numbered together, whichever participant they are for.
    """
    numbered: defaultdict[str, list[int]] = defaultdict(list)
    for topic in TOPICS:
        for subject, seen in _sequences(facts.events[topic]).items():
            if topic.endswith(".commands"):
                numbered[subject] += seen
            if seen != sorted(seen) or (topic not in COMMANDS and seen[-1] != len(seen)):
                yield f"I6 {topic} of {_short(subject)}: {seen}"
        for subject in _same_number(facts.events[topic]):
            yield f"I6 two messages of {topic} about {_short(subject)} have the same number"
    for subject, seen in numbered.items():
        if sorted(seen) != list(range(1, len(seen) + 1)):
            yield f"I6 the commands of {_short(subject)}: {sorted(seen)}"


def closed(facts: Facts) -> Iterator[str]:
    """I7: no saga is open, and each order ended with the stock and the money that it is due."""
    payments = {p.order_id: p for p in facts.shop.databases["payments"].tables["payments"].values()}
    holds = facts.shop.databases["inventory"].tables["reservations"]
    for order in facts.shop.databases["orders"].tables["orders"].values():
        name = f"order {_short(order.id)}, {order.status}"
        if not order.saga.is_closed:
            yield f"I7 {name}: its saga waits, {order.saga.state}"
            continue
        payment, hold = payments.get(order.id), holds.get(order.id)
        charge = facts.shop.provider.charges.get(payment.reference or "") if payment else None
        paid = charge.held + charge.captured - charge.refunded if charge else 0
        has_stock = hold is not None and hold.status in ("held", "committed")
        if order.status in ("rejected", "cancelled"):
            if paid or has_stock:
                yield f"I7 {name}: {paid} is charged, stock {'held' if has_stock else 'free'}"
        elif paid != order.total.amount or not has_stock:
            yield f"I7 {name}: {paid} of {order.total.amount} paid, stock {has_stock}"
    stored = facts.shop.databases["orders"].tables["orders"]
    for number, bought in facts.buyers.purchases.items():
        if bought.cancelled and bought.order_id and stored[bought.order_id].status != "cancelled":
            yield f"I7 order {number} was cancelled, and is {stored[bought.order_id].status}"


CHECKS: Sequence[Callable[[Facts], Iterator[str]]] = (
    money,
    stock,
    promises,
    publishing,
    one_effect,
    no_copies,
    in_order,
    closed,
)


def violations(shop: Shop, buyers: Buyers) -> list[str]:
    """All that is wrong at the end of a run."""
    found = [f"I7 {failure}" for failure in shop.world.failures]
    found += [f"I7 {complaint}" for complaint in shop.world.loop.complaints]
    facts = Facts(shop, buyers)
    return found + [text for check in CHECKS for text in check(facts)]


def _sequences(events: Sequence[Event]) -> dict[str, list[int]]:
    """By subject, the sequences in the order in which they appeared first."""
    seen: defaultdict[str, dict[int, None]] = defaultdict(dict)
    for event in events:
        seen[event.subject].setdefault(event.sequence)
    return {subject: list(sequences) for subject, sequences in seen.items()}


def _same_number(events: Sequence[Event]) -> list[str]:
    """The subjects that have two different messages under one sequence."""
    told = {(event.subject, event.sequence, event.id) for event in events}
    counts = Counter((subject, sequence) for subject, sequence, _ in told)
    return [subject for (subject, _), count in counts.items() if count > 1]


def _units(tables: Any, sku: str, status: str) -> int:
    rows = tables["reservations"].values()
    return sum(row.lines.get(sku, 0) for row in rows if row.status == status)


def _three(buckets: Counter[str]) -> tuple[int, int, int]:
    return buckets["available"], buckets["reserved"], buckets["sold"]


def _short(name: object) -> str:
    return str(name)[-4:].lstrip("0")
