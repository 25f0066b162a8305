"""Sends a month's orders and returns through the gateway, and reconciles what came of them.

Orders that are there already are found first and skipped, so replaying again creates nothing.
`replay_command` calls `replay_file`; `placing` sends one order, `reconcile` compares.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from native.shop.bounded import for_each
from native.shop.found_orders import FoundOrder, Place, all_orders, by_place, lines_of
from native.shop.lists import price_list, stock_list
from native.shop.matching import GoodsBack, LeftOver, Returns, match_returns
from native.shop.placing import PricesDiffer, customer_email, place_invoice
from native.shop.reader import InvoiceOrder, Shop, read_shop
from native.shop.reconcile import Evidence, Matched, Reconciliation, reconcile
from native.shop.returning import returns_settled, send_back
from native.shop.session import Session
from native.shop.settling import confirmations_sent, orders_settled, outboxes_empty

AT_ONCE = 16
Accounts = Mapping[str, str]
Places = Mapping[Place, Sequence[FoundOrder]]
Due = Mapping[str, Sequence[GoodsBack]]


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay came to. `seconds` to send and settle the new orders, without the rest."""

    file: str
    customers: int
    guests: int
    already_there: int
    placed: int
    seconds: float
    returns_made: int
    returns_left_over: Sequence[LeftOver]
    result: Reconciliation

    @property
    def orders_a_second(self) -> float:
        """New orders, from the first request to the last saga's end."""
        return self.placed / self.seconds if self.placed else 0.0


@dataclass(frozen=True, slots=True)
class _Plan:
    shop: Shop
    wanted: Sequence[InvoiceOrder]
    accounts: Accounts
    earlier: Mapping[str, Sequence[FoundOrder]]
    totals: Mapping[str, int]
    returns: Returns

    @property
    def missing(self) -> list[InvoiceOrder]:
        return [order for order in self.wanted if not self.earlier[order.invoice]]


async def replay_file(
    path: Path, session: Session, *, limit: int | None = None, at_once: int = AT_ONCE
) -> ReplayReport:
    """Replays the file's first `limit` orders, or all of them.

    Raises PricesDiffer before anything is placed, and StackError where the shop refuses.
    """
    plan = await _plan(path, session, limit)
    begun = time.monotonic()
    await _place(plan, session, at_once)
    with session.meter.step("Waiting until every order has settled") as note:
        pending = await orders_settled(session, note)
    seconds = time.monotonic() - begun
    due = await _due(plan, session)
    made = await send_back(due, session, at_once=at_once)
    result = await _reconciled(plan, pending, due, session)
    return ReplayReport(
        file=path.name,
        customers=len(plan.accounts),
        guests=sum(order.customer is None for order in plan.wanted),
        already_there=len(plan.wanted) - len(plan.missing),
        placed=len(plan.missing),
        seconds=round(seconds, 2),
        returns_made=made,
        returns_left_over=plan.returns.left_over,
        result=result,
    )


async def _plan(path: Path, session: Session, limit: int | None) -> _Plan:
    with session.meter.step(f"Reading {path.name}"):
        shop = await asyncio.to_thread(read_shop, path)
    wanted = shop.orders[:limit]
    accounts = await _accounts(wanted, session)
    with session.meter.step("Looking for orders that are there already"):
        places = by_place(await all_orders(session))
        stock = await stock_list(session)
    earlier = {
        order.invoice: places.get((order.invoice, _account(order, accounts)), ())
        for order in wanted
    }
    totals = {sku: found.total for sku, found in stock.items()}
    # Over the whole file, so that a part of it gives back nothing that belongs elsewhere.
    returns = match_returns(shop.orders, shop.returns)
    plan = _Plan(shop, wanted, accounts, earlier, totals, returns)
    with session.meter.step("Comparing prices"):
        _refuse_other_prices(plan, await price_list(session))
    return plan


async def _accounts(orders: Sequence[InvoiceOrder], session: Session) -> Accounts:
    """Makes or finds the account of every customer; accounts by customer number."""
    customers = list(dict.fromkeys(order.customer for order in orders if order.customer))
    accounts: dict[str, str] = {}
    with session.meter.count("Making accounts", len(customers)) as advance:

        async def make(customer: str) -> None:
            answer = await session.api.send(
                "POST",
                "/v1/users/imports",
                headers=await session.operator.headers(),
                json={"email": customer_email(customer), "name": f"Customer {customer}"},
            )
            accounts[customer] = answer.json()["id"]
            advance(1)

        await for_each(customers, make, at_once=AT_ONCE)
    return accounts


def _account(order: InvoiceOrder, accounts: Accounts) -> str | None:
    return accounts[order.customer] if order.customer else None


def _refuse_other_prices(plan: _Plan, charged: Mapping[str, int]) -> None:
    prices = plan.shop.prices
    skus = sorted({line.sku for order in plan.missing for line in order.lines})
    wrong = [
        f"{sku} costs {charged.get(sku, 'nothing known')} instead of {prices[sku]}"
        for sku in skus
        if charged.get(sku) != prices[sku]
    ]
    if wrong:
        raise PricesDiffer(wrong)


async def _place(plan: _Plan, session: Session, at_once: int) -> None:
    """One customer's orders go one after the other, those of different buyers side by side."""
    queues: dict[str, list[InvoiceOrder]] = {}
    for order in plan.missing:
        buyer = order.customer or f"guest {order.invoice}"
        queues.setdefault(buyer, []).append(order)
    prices = plan.shop.prices
    with session.meter.count("Placing orders", len(plan.missing)) as advance:

        async def send(queue: list[InvoiceOrder]) -> None:
            for order in queue:
                await place_invoice(order, _account(order, plan.accounts), prices, session)
                advance(1)

        await for_each(queues.values(), send, at_once=at_once)


async def _due(plan: _Plan, session: Session) -> Due:
    """What should come back of the orders that stand, by their ids."""
    places = by_place(await all_orders(session))
    found = ((order, _matched(order, plan, places).sold) for order in plan.wanted)
    matched = plan.returns.matched
    return {sold.id: matched[o.invoice] for o, sold in found if sold and o.invoice in matched}


async def _reconciled(plan: _Plan, pending: int, due: Due, session: Session) -> Reconciliation:
    with session.meter.step("Waiting until every return is paid back") as note:
        returned = await returns_settled(list(due), session, note)
    with session.meter.step("Waiting until every event is published") as note:
        outbox = await outboxes_empty(session, note)
    with session.meter.step("Reading orders, stock and messages") as note:
        evidence = await _evidence(plan, session, note)
    units = {order_id: _units(goods) for order_id, goods in due.items()}
    complete = replace(evidence, due=units, returned=returned, pending=pending, outbox=outbox)
    return reconcile(complete)


def _units(goods: Sequence[GoodsBack]) -> Mapping[str, int]:
    units: Counter[str] = Counter()
    for back in goods:
        units.update(back.units)
    return units


def _matched(order: InvoiceOrder, plan: _Plan, places: Places) -> Matched:
    return Matched(order, places.get((order.invoice, _account(order, plan.accounts)), ()))


async def _evidence(plan: _Plan, session: Session, note: Callable[[str], None]) -> Evidence:
    orders = await all_orders(session)
    places = by_place(orders)
    matched = [_matched(order, plan, places) for order in plan.wanted]
    ours = {order.id for match in matched for order in match.orders}
    earlier = [order for found in plan.earlier.values() for order in found]
    elsewhere = [order for order in orders if order.sold and order.id not in ours]
    others: Counter[str] = Counter()
    others_returned: Counter[str] = Counter()
    for lines in (await lines_of(elsewhere, session)).values():
        others.update({line.sku: line.quantity for line in lines})
        others_returned.update({line.sku: line.returned for line in lines})
    return Evidence(
        matched=matched,
        prices=plan.shop.prices,
        stored=await lines_of(earlier, session),
        others=others,
        others_returned=others_returned,
        totals=plan.totals,
        stock=await stock_list(session),
        mails=await confirmations_sent(
            frozenset(match.sold.id for match in matched if match.sold), session, note
        ),
    )
