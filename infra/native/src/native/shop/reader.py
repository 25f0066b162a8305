"""A month of the Online Retail data set as a catalogue and orders, by its README's rules.

`./souk import`, `./souk replay` and every test that wants real data call `read_shop`. It reads
the file once, row by row; what it keeps is counted by SKU and by invoice, not by line.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from native.shop.lines import BadRow, HashedFile, Kind, Row, kind_of

OPENING_MARGIN = 100


@dataclass(frozen=True, slots=True)
class Variant:
    """One SKU: its price in pence (GBP) and the units that its sale lines sold."""

    sku: str
    name: str
    price: int
    sold: int


@dataclass(frozen=True, slots=True)
class Product:
    """The SKUs that share five digits; the name is that of the best-selling of them."""

    code: str
    name: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """So many units of a SKU, added up over the invoice's lines."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """One invoice's sale lines; `customer` is None for a guest, `country` as the file has it."""

    invoice: str
    at: datetime
    customer: str | None
    country: str
    lines: tuple[OrderLine, ...]

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """One line of a return invoice; the quantity is negative, if the file is right."""

    invoice: str
    at: datetime
    customer: str | None
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that could not be read, with its line number in the file."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Shop:
    """All that the file says, with what was left out of it and why."""

    digest: str
    products: tuple[Product, ...]
    orders: tuple[InvoiceOrder, ...]
    returns: tuple[ReturnLine, ...]
    lines_read: int
    left_out: dict[str, int]
    bad_rows: tuple[RowProblem, ...]

    @property
    def prices(self) -> dict[str, int]:
        """Pence by SKU."""
        return {v.sku: v.price for product in self.products for v in product.variants}

    def opening_stock(self, margin: int = OPENING_MARGIN) -> dict[str, int]:
        """Units by SKU that cover every sale line of the file, plus the margin."""
        return {v.sku: v.sold + margin for product in self.products for v in product.variants}

    def revenue(self, orders: Iterable[InvoiceOrder] | None = None) -> int:
        """Pence that the orders (all, unless given) come to at the catalogue's prices."""
        prices = self.prices
        chosen = self.orders if orders is None else orders
        return sum(prices[line.sku] * line.quantity for order in chosen for line in order.lines)


@dataclass(slots=True)
class _Tally:
    """What the sale lines of one SKU said so far."""

    names: Counter[str] = field(default_factory=Counter)
    prices: Counter[int] = field(default_factory=Counter)
    units: int = 0

    def note(self, row: Row) -> None:
        if row.description:
            self.names[row.description] += 1
        self.prices[row.pence] += 1
        self.units += row.quantity

    def variant(self, sku: str) -> Variant:
        name = min(self.names, key=lambda text: (-self.names[text], text), default=sku)
        price = min(self.prices, key=lambda pence: (-self.prices[pence], pence))
        return Variant(sku, name, price, self.units)


@dataclass(slots=True)
class _Invoice:
    """What one invoice's sale lines said so far; its first line gives date, customer, country."""

    first: Row
    units: Counter[str] = field(default_factory=Counter)

    def order(self) -> InvoiceOrder:
        lines = tuple(OrderLine(sku, quantity) for sku, quantity in self.units.items())
        first = self.first
        return InvoiceOrder(first.invoice, first.at, first.customer, first.country, lines)


def read_shop(path: Path) -> Shop:
    """Read a .csv or .csv.gz of the data set; raise NotThisDataSet when its header is another."""
    file = HashedFile(path)
    tallies: dict[str, _Tally] = {}
    invoices: dict[str, _Invoice] = {}
    returns: list[ReturnLine] = []
    left_out: Counter[str] = Counter()
    bad: list[RowProblem] = []
    read = 0
    for number, row in file.rows():
        read += 1
        if isinstance(row, BadRow):
            bad.append(RowProblem(number, str(row)))
        elif (kind := kind_of(row)) is not Kind.SALE:
            left_out[kind] += 1
            if kind is Kind.RETURN:
                returns.append(_return(row))
        else:
            tallies.setdefault(row.code, _Tally()).note(row)
            invoices.setdefault(row.invoice, _Invoice(row)).units[row.code] += row.quantity
    return Shop(
        digest=file.digest,
        products=_products(tallies),
        orders=_orders(invoices),
        # The sort is stable, as that of the orders is.
        returns=tuple(sorted(returns, key=lambda line: line.at)),
        lines_read=read,
        left_out={str(kind): left_out[kind] for kind in Kind if kind is not Kind.SALE},
        bad_rows=tuple(bad),
    )


def _products(tallies: dict[str, _Tally]) -> tuple[Product, ...]:
    by_code: dict[str, list[Variant]] = {}
    for sku in sorted(tallies):
        by_code.setdefault(sku[:5], []).append(tallies[sku].variant(sku))
    return tuple(
        Product(code, min(variants, key=lambda v: (-v.sold, v.sku)).name, tuple(variants))
        for code, variants in by_code.items()
    )


def _orders(invoices: dict[str, _Invoice]) -> tuple[InvoiceOrder, ...]:
    """Orders by date; the sort is stable, so the file's own order decides within a minute."""
    return tuple(sorted((found.order() for found in invoices.values()), key=lambda o: o.at))


def _return(row: Row) -> ReturnLine:
    return ReturnLine(row.invoice, row.at, row.customer, row.code, row.quantity)
