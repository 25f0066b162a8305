"""Compares what a file's orders should have come to with what the shop says.

Pure: `replayer` gathers both sides and hands them in. Money is in pence, stock in units; every
difference becomes one sentence.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from native.shop.countries import country_code
from native.shop.found_orders import FoundLine, FoundOrder
from native.shop.lists import Stock
from native.shop.reader import InvoiceOrder
from native.shop.returning import FoundReturn


@dataclass(frozen=True, slots=True)
class Matched:
    """An invoice with the orders that were found for it: one, if all is well."""

    invoice: InvoiceOrder
    orders: Sequence[FoundOrder]

    @property
    def sold(self) -> FoundOrder | None:
        """The one order that stands for the invoice."""
        standing = [order for order in self.orders if order.sold]
        return standing[0] if len(self.orders) == len(standing) == 1 else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the shop says. `stored` has the lines of the orders that an earlier run placed, and
    `others` the units by SKU that orders from elsewhere took, `others_returned` those of them that
    came back; `totals` all units there were before. `due` is what should have come back of an
    order, by its id, and `returned` what did.
    """

    matched: Sequence[Matched]
    prices: Mapping[str, int]
    stored: Mapping[str, Sequence[FoundLine]]
    others: Mapping[str, int]
    others_returned: Mapping[str, int]
    totals: Mapping[str, int]
    stock: Mapping[str, Stock]
    mails: Mapping[str, int]
    due: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    returned: Mapping[str, FoundReturn] = field(default_factory=dict)
    pending: int = 0
    outbox: int = 0


@dataclass(slots=True)
class Pair:
    """A figure as it should be, and as it is."""

    expected: int = 0
    found: int = 0


@dataclass(slots=True)
class Reconciliation:
    """Every figure twice, and a sentence for each difference."""

    orders: Pair = field(default_factory=Pair)
    revenue: Pair = field(default_factory=Pair)
    revenue_by_country: dict[str, Pair] = field(default_factory=dict)
    units_sold: Pair = field(default_factory=Pair)
    units_returned: Pair = field(default_factory=Pair)
    refunds: Pair = field(default_factory=Pair)
    skus: Pair = field(default_factory=Pair)
    confirmations: Pair = field(default_factory=Pair)
    outbox: Pair = field(default_factory=Pair)
    differences: list[str] = field(default_factory=list)


def reconcile(evidence: Evidence) -> Reconciliation:
    """Compares orders, revenue, returns, stock, confirmations and outboxes."""
    result = Reconciliation()
    result.differences += _orders(evidence, result)
    result.differences += _revenue(evidence, result)
    result.differences += _returns(evidence, result)
    result.differences += _stock(evidence, result)
    result.differences += _confirmations(evidence, result)
    result.outbox = Pair(0, evidence.outbox)
    if evidence.outbox:
        result.differences.append(f"{evidence.outbox} events still wait in an outbox")
    return result


def _orders(evidence: Evidence, result: Reconciliation) -> Iterator[str]:
    result.orders.expected = len(evidence.matched)
    for match in evidence.matched:
        invoice = match.invoice.invoice
        if match.sold is not None:
            result.orders.found += 1
        elif not match.orders:
            yield f"invoice {invoice} has no order"
        elif len(match.orders) > 1:
            yield f"invoice {invoice} has {len(match.orders)} orders"
        else:
            yield f"invoice {invoice} is {match.orders[0].status} (order {match.orders[0].id})"
    if evidence.pending:
        yield f"{evidence.pending} orders did not settle"


def _revenue(evidence: Evidence, result: Reconciliation) -> Iterator[str]:
    """An order from an earlier run is expected at the prices that it was placed at."""
    for match in evidence.matched:
        code = country_code(match.invoice.country)
        pair = result.revenue_by_country.setdefault(code, Pair())
        pair.expected += _expected(match, evidence)
        if match.sold is not None:
            found = result.revenue_by_country.setdefault(match.sold.country, Pair())
            found.found += match.sold.total
    for code, pair in sorted(result.revenue_by_country.items()):
        result.revenue.expected += pair.expected
        result.revenue.found += pair.found
        if pair.expected != pair.found:
            yield f"revenue of {code}: expected {pair.expected}, found {pair.found} pence"


def _prices(match: Matched, evidence: Evidence) -> Mapping[str, int]:
    stored = evidence.stored.get(match.sold.id, ()) if match.sold else ()
    return {**evidence.prices, **{line.sku: line.price for line in stored}}


def _returns(evidence: Evidence, result: Reconciliation) -> Iterator[str]:
    """A returned unit is paid back at the price that it was ordered at."""
    for match in evidence.matched:
        due = evidence.due.get(match.sold.id, {}) if match.sold else {}
        if match.sold is None or not due:
            continue
        prices = _prices(match, evidence)
        money = sum(prices[sku] * count for sku, count in due.items())
        found = evidence.returned.get(match.sold.id, FoundReturn({}, 0))
        result.units_returned.expected += sum(due.values())
        result.units_returned.found += sum(found.units.values())
        result.refunds.expected += money
        result.refunds.found += found.refunded
        invoice = match.invoice.invoice
        if dict(due) != dict(found.units):
            yield f"returns of invoice {invoice}: expected {dict(due)}, found {dict(found.units)}"
        if money != found.refunded:
            yield f"refunds of invoice {invoice}: expected {money}, found {found.refunded} pence"


def _expected(match: Matched, evidence: Evidence) -> int:
    prices = _prices(match, evidence)
    return sum(prices[line.sku] * line.quantity for line in match.invoice.lines)


def _stock(evidence: Evidence, result: Reconciliation) -> Iterator[str]:
    """What was sold by anybody is gone unless it came back; nothing is held any more."""
    sold = Counter(evidence.others)
    for match in evidence.matched:
        sold.update({line.sku: line.quantity for line in match.invoice.lines})
    back = Counter(evidence.others_returned)
    for due in evidence.due.values():
        back.update(due)
    for sku in sorted(evidence.prices):
        total = evidence.totals.get(sku, 0)
        expected = Stock(total - sold[sku] + back[sku], 0, sold[sku], back[sku])
        found = evidence.stock.get(sku, Stock(0, 0, 0))
        result.skus.expected += 1
        result.skus.found += expected == found
        result.units_sold.expected += expected.sold
        result.units_sold.found += found.sold
        if expected != found:
            yield f"stock of {sku}: expected {_shown(expected)}, found {_shown(found)}"


def _shown(stock: Stock) -> str:
    came_back = f", {stock.returned} returned" if stock.returned else ""
    return f"{stock.available} available, {stock.reserved} held, {stock.sold} sold{came_back}"


def _confirmations(evidence: Evidence, result: Reconciliation) -> Iterator[str]:
    for match in evidence.matched:
        if match.sold is None:
            continue
        count = evidence.mails.get(match.sold.id, 0)
        result.confirmations.expected += 1
        result.confirmations.found += count
        if count != 1:
            yield f"invoice {match.invoice.invoice} has {count} confirmations"
