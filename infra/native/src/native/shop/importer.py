"""Brings a month's catalogue into a running shop, through its public API.

Products go in batches, prices become the file's, and stock grows once a file: its adjustments
carry idempotency keys made from the file's SHA-256. An import is over when every service has
taken it in: stock records, the prices that orders charge, and availability in the catalogue.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from native.errors import StackError
from native.shop.api import Refused
from native.shop.lists import Stock, offer_list, price_list, stock_list
from native.shop.reader import OPENING_MARGIN, Product, Shop, read_shop
from native.shop.session import Session
from native.shop.waiting import until_none_is_left

BATCH = 200
ADJUSTMENT_LINES = 500
ADJUSTMENTS = "/v1/stock-adjustments"
KEY_REUSED = "/problems/idempotency-key-reused"
T = TypeVar("T")


class AnotherMargin(StackError):
    """The file was imported before with another margin; stock grows only once a file."""

    def __init__(self) -> None:
        super().__init__("this file's stock was added before, with another --margin")


class NotTakenIn(StackError):
    """A service did not take the file in, in the time that we wait for it."""


@dataclass(slots=True)
class ImportReport:
    """What an import came to; stock in units."""

    file: str
    sha256: str
    skus: int
    products: int
    lines_read: int
    left_out: dict[str, int]
    bad_rows: list[dict[str, Any]]
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    stock_added: int = 0
    seconds: float = field(default=0.0)


async def import_file(
    path: Path, session: Session, *, margin: int = OPENING_MARGIN
) -> ImportReport:
    """Imports a file; doing it again changes nothing. Raises StackError where the shop refuses."""
    begun = time.monotonic()
    with session.meter.step(f"Reading {path.name}"):
        shop = await asyncio.to_thread(read_shop, path)
    report = _report(path, shop)
    await _send_products(shop.products, session, report)
    with session.meter.step("Waiting until inventory and orders know every SKU") as note:
        before = await _known_stock(shop, session, note)
        await _prices_arrived(shop, session, note)
    await _send_stock(shop, margin, session)
    with session.meter.step("Waiting until the catalogue shows what is in stock") as note:
        after = await _shown(shop, session, note)
    report.stock_added = sum(after[sku].total - before[sku].total for sku in shop.prices)
    report.seconds = round(time.monotonic() - begun, 2)
    return report


def _report(path: Path, shop: Shop) -> ImportReport:
    left_out = dict(shop.left_out)
    if shop.bad_rows:
        left_out["bad row"] = len(shop.bad_rows)
    return ImportReport(
        file=path.name,
        sha256=shop.digest,
        skus=len(shop.prices),
        products=len(shop.products),
        lines_read=shop.lines_read,
        left_out=left_out,
        bad_rows=[asdict(problem) for problem in shop.bad_rows],
    )


async def _send_products(
    products: Sequence[Product], session: Session, report: ImportReport
) -> None:
    with session.meter.count("Sending products", len(products)) as advance:
        for batch in chunks(products, BATCH):
            answer = await session.api.send(
                "POST",
                "/v1/product-batches",
                headers=await session.operator.headers(),
                json={"products": [_product(product) for product in batch]},
            )
            counts = answer.json()
            report.created += counts["created"]
            report.changed += counts["changed"]
            report.unchanged += counts["unchanged"]
            advance(len(batch))


async def _send_stock(shop: Shop, margin: int, session: Session) -> None:
    """The bodies are the same each time, so the keys are known again and nothing is added."""
    opening = sorted(shop.opening_stock(margin).items())
    with session.meter.count("Sending opening stock", len(opening)) as advance:
        for number, lines in enumerate(chunks(opening, ADJUSTMENT_LINES)):
            key = f"import-{shop.digest}-{number}"
            body = {
                "reason": f"opening stock of the file {shop.digest[:12]}",
                "lines": [{"sku": sku, "delta": units} for sku, units in lines],
            }
            headers = {**await session.operator.headers(), "Idempotency-Key": key}
            try:
                await session.api.send("POST", ADJUSTMENTS, headers=headers, json=body)
            except Refused as refusal:
                if refusal.kind == KEY_REUSED:
                    raise AnotherMargin from None
                raise
            advance(len(lines))


async def _known_stock(
    shop: Shop, session: Session, note: Callable[[str], None]
) -> Mapping[str, Stock]:
    async def look() -> tuple[Mapping[str, Stock], int]:
        stock = await stock_list(session)
        return stock, len(shop.prices.keys() - stock.keys())

    return await _arrived(look, "inventory", note)


async def _prices_arrived(shop: Shop, session: Session, note: Callable[[str], None]) -> None:
    async def look() -> tuple[Mapping[str, int], int]:
        prices = await price_list(session)
        return prices, sum(prices.get(sku) != pence for sku, pence in shop.prices.items())

    await _arrived(look, "orders", note)


async def _shown(shop: Shop, session: Session, note: Callable[[str], None]) -> Mapping[str, Stock]:
    async def look() -> tuple[Mapping[str, Stock], int]:
        stock, offers = await stock_list(session), await offer_list(session)
        behind = 0
        for sku, pence in shop.prices.items():
            offer = offers.get(sku)
            in_stock = stock[sku].available > 0
            behind += offer is None or offer.price != pence or offer.in_stock != in_stock
        return stock, behind

    return await _arrived(look, "the catalogue", note)


async def _arrived(
    look: Callable[[], Awaitable[tuple[T, int]]], service: str, note: Callable[[str], None]
) -> T:
    found, missing = await until_none_is_left(
        look, lambda left: note(f"{left:,} SKUs are not at {service} yet")
    )
    if missing:
        raise NotTakenIn(f"{missing:,} SKUs did not reach {service}; ./souk status may say why")
    return found


def _product(product: Product) -> dict[str, Any]:
    return {
        "code": product.code,
        "name": product.name,
        "variants": [
            {"sku": v.sku, "name": v.name, "price": {"amount": v.price, "currency": "GBP"}}
            for v in product.variants
        ],
    }


def chunks(things: Sequence[T], size: int) -> Iterator[list[T]]:
    """The things in lists of at most `size`."""
    source = iter(things)
    while part := list(islice(source, size)):
        yield part
