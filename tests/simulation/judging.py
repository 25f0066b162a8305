"""What must hold at the end of a run: the invariants of `./souk verify`, and a few of its own.

The stores and topics of the simulated shop become the rows that verify's checks take, so that both
are judged by the same program. What only a simulation can know is called RUN.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chassis.envelope import Event
from native.verify.findings import Findings
from native.verify.invariants.commits import Stored, Waiting, check_commits
from native.verify.invariants.effects import Effects, mark
from native.verify.invariants.money import Books, Charge, LedgerEntry, OrderMoney, PaymentRow
from native.verify.invariants.money import check_money as judge_money
from native.verify.invariants.orders import KeyRow, Orders, order_at
from native.verify.invariants.parts import SALES, Part, check_charged
from native.verify.invariants.sagas import Asked, SagaRow, check_sagas
from native.verify.invariants.sequences import COMMANDS, Sequences
from native.verify.invariants.stock import ADJUSTED, OrderGoods, ReservationRow, Shelves, Units
from tests.simulation.buyers import Buyers
from tests.simulation.plan import PRICES, Buy, Cancel, Life, Pass, Replica
from tests.simulation.shop import Shop
from tests.simulation.virtual import BEGIN

TOPICS = (
    *("orders.events", "inventory.events", "payments.events"),
    *("inventory.commands", "payments.commands"),
)
# What explains no copy of a message: nothing is lost by it.
HARMLESS = (Buy, Cancel, Life, Pass, Replica)


class Facts:
    """The shop and the buyers at the end of a run, and every message that was published."""

    def __init__(self, shop: Shop, buyers: Buyers) -> None:
        self.shop, self.buyers = shop, buyers
        self.orders = shop.databases["orders"].tables
        self.inventory = shop.databases["inventory"].tables
        self.payments = shop.databases["payments"].tables
        self.events = {
            t: [Event.from_json(r.value) for r in shop.broker.records(t)] for t in TOPICS
        }
        self.sequences = Sequences()
        for topic, events in self.events.items():
            for event in events:
                self.sequences.take(topic, event)


def money(facts: Facts) -> Findings:
    """I1."""
    entries = [
        LedgerEntry(str(key), str(payment), entry.account, entry.money.currency, entry.money.amount)
        for key, (payment, posting) in facts.payments["postings"].items()
        for entry in posting.entries
    ]
    payments = [
        PaymentRow(
            *(str(p.id), str(p.order_id), p.status.value, p.amount and p.amount.amount),
            *(p.captured, p.refunded, p.reference, p.amount and p.amount.currency),
        )
        for p in facts.payments["payments"].values()
    ]
    orders = [
        OrderMoney(
            *(str(o.id), o.status.value, o.total.amount),
            *(o.account.captured.amount, o.account.refunded.amount, o.total.currency),
        )
        for o in facts.orders["orders"].values()
    ]
    charges = {
        name: Charge(charge.captured, charge.refunded, charge.held > 0)
        for name, charge in facts.shop.provider.charges.items()
    }
    found = judge_money(Books(entries, payments, orders, charges))
    check_charged(orders, parts(facts), found)
    return found


def parts(facts: Facts) -> dict[str, Part]:
    """The charges of all shipments."""
    return {
        str(shipment.id): Part(
            str(o.id), SALES, shipment.charge.amount.amount, shipment.charge.status == "captured"
        )
        for o in facts.orders["orders"].values()
        for shipment in o.fulfilment.shipments
    }


def stock(facts: Facts) -> Findings:
    """I2."""
    shelves, opening = Shelves(), facts.shop.world.plan.stock
    for sku, units in opening.items():
        shelves.move(sku, ADJUSTED, Units(available=units))
    for move in facts.inventory["movements"].values():
        shelves.move(move.sku, move.kind.value, _units(move))
    reservations = [
        ReservationRow(str(r.order_id), r.status.value, r.lines, _all_of(r.returns))
        for r in facts.inventory["reservations"].values()
    ]
    stocks = {sku: _units(row) for sku, row in facts.inventory["stock"].items()}
    goods = {
        str(o.id): OrderGoods(
            o.status.value,
            {line.sku: line.quantity for line in o.lines},
            o.fulfilment.returned,
            o.fulfilment.shipped,
        )
        for o in facts.orders["orders"].values()
    }
    return shelves.finish(stocks, opening, reservations, goods)


def promises(facts: Facts) -> Findings:
    """I3."""
    stored = {str(order_id): True for order_id in facts.orders["orders"]}
    keys = [
        KeyRow(scope, key, order_id)
        for (scope, key), (_, status, location) in facts.orders["keys"].items()
        if status == 201 and (order_id := order_at(location))
    ]
    found = Orders(stored, keys).finish()
    for number, bought in facts.buyers.purchases.items():
        told = {str(order_id) for order_id in bought.was_told}
        if len(told) > 1:
            found.fault("two orders for a key", f"buyer {number}", f"told of {len(told)}")
        for order_id in told - stored.keys():
            found.fault("order lost", f"buyer {number}", f"told of {order_id}")
    return found


def commits(facts: Facts) -> Findings:
    """I4."""
    orders = facts.orders["orders"].values()
    stored = [
        Stored("orders", "orders.events", {str(o.id): o.version for o in orders}),
        Stored("sagas", COMMANDS, {str(o.id): o.messages for o in orders}),
        Stored("reservations", "inventory.events", _versions(facts.inventory["reservations"])),
        Stored("SKUs", "inventory.events", _versions(facts.inventory["stock"])),
        Stored("payments", "payments.events", _by_order(facts.payments["payments"])),
    ]
    waiting = [
        Waiting(name, row.topic, row.key, 0, "row", age_s=60.0)
        for name, database in facts.shop.databases.items()
        for row in database.tables["outbox"].values()
    ]
    highest = {store.stream: facts.sequences.highest(store.stream) for store in stored}
    return check_commits(stored, highest, waiting, limit_s=30.0)


def effects(facts: Facts) -> Findings:
    """I5."""
    inboxes: defaultdict[str, list[int]] = defaultdict(list)
    for database in facts.shop.databases.values():
        for consumer, event_id in database.tables["inbox"]:
            inboxes[consumer].append(mark(event_id))
    found = Effects(inboxes, BEGIN)
    for topic, events in facts.events.items():
        for event in events:
            found.take(topic, event)
    moves = facts.inventory["movements"].values()
    causes = Counter(f"{m.cause} {m.sku} {m.kind}" for m in moves)
    found.rows("movements", len(moves), {c: n for c, n in causes.items() if n > 1})
    return found.finish(cut=False)


def sagas(facts: Facts) -> Findings:
    """I7."""
    orders = facts.orders["orders"].values()
    rows = [SagaRow(str(o.id), o.status, o.saga.state, not o.saga.is_closed) for o in orders]
    operations = facts.payments["operations"].values()
    at_work = {str(row.operation.subject_id) for row in operations if row.stage == "waiting"}
    return check_sagas(rows, running=True, asked=asked(facts), at_work=at_work)


def asked(facts: Facts) -> Iterator[Asked]:
    """What orders wait for: charges, and refunds, which may wait for a charge themselves."""
    for o in facts.orders["orders"].values():
        charges = [s for s in o.fulfilment.shipments if s.charge.status == "pending"]
        for shipment in charges:
            yield Asked(str(shipment.id), str(o.id), "charge")
        for refund in o.account.refunds:
            if refund.status == "pending" or (refund.status == "waiting" and not charges):
                yield Asked(str(refund.id), str(o.id), "refund")


VERIFY: Sequence[Callable[[Facts], Findings]] = (
    money,
    stock,
    promises,
    commits,
    effects,
    lambda facts: facts.sequences.finish(frozenset()),
    sagas,
)


def violations(shop: Shop, buyers: Buyers) -> list[str]:
    """All that is wrong at the end of a run, each with the name of what it violates."""
    facts = Facts(shop, buyers)
    judged = [check(facts) for check in VERIFY]
    found = [f"{each.name} {example}" for each in judged for example in each.examples]
    return found + [f"RUN {text}" for text in _of_the_run(facts)]


def _of_the_run(facts: Facts) -> Iterator[str]:
    """What a stack cannot be asked: what went wrong with it is known here, and what it was told."""
    world = facts.shop.world
    yield from world.failures
    yield from world.loop.complaints
    faults = [item for _, item in world.plan.items if not isinstance(item, HARMLESS)]
    ids = [event.id for events in facts.events.values() for event in events]
    if not faults and len(ids) > len(set(ids)):
        yield f"{len(ids) - len(set(ids))} copies of messages although nothing went wrong"
    for topic in {place.topic for place in facts.shop.broker.logs if place.topic.endswith(".dlq")}:
        yield f"{len(facts.shop.broker.records(topic))} dead letters in {topic}"
    stored, charges = facts.orders["orders"], facts.shop.provider.charges
    for number, bought in facts.buyers.purchases.items():
        if bought.cancelled and bought.order_id and stored[bought.order_id].status != "cancelled":
            yield f"order {number} was cancelled, and is {stored[bought.order_id].status}"
    yield from _exact_amounts(facts)
    for payment in facts.payments["payments"].values():
        charge, order = charges.get(payment.reference or ""), stored.get(payment.order_id)
        if charge and order and charge.authorised != order.total.amount:
            yield f"{charge.authorised} was authorised of {order.total.amount}"


def _exact_amounts(facts: Facts) -> Iterator[str]:
    """Each parcel's share is taken and no penny more; what went back was asked for once."""
    for order in facts.orders["orders"].values():
        account, fulfilment = order.account, order.fulfilment
        shipped = sum(PRICES[sku] * units for sku, units in fulfilment.shipped.items())
        if order.status != "cancelled" and account.captured.amount != shipped:
            yield f"{account.captured.amount} was taken for parcels worth {shipped}"
        asked = sum(r.amount.amount for r in account.refunds if r.status == "done")
        if account.refunded.amount != asked:
            yield f"{account.refunded.amount} went back where {asked} was asked for"


def _units(row: Any) -> Units:
    return Units(row.available, row.reserved, row.sold, row.returned)


def _all_of(returns: Any) -> Counter[str]:
    together: Counter[str] = Counter()
    for lines in returns.values():
        together.update(lines)
    return together


def _versions(rows: Any) -> dict[str, int]:
    return {str(key): row.version for key, row in rows.items()}


def _by_order(payments: Any) -> dict[str, int]:
    return {str(payment.order_id): payment.version for payment in payments.values()}
