"""Bugs of the stores: locks and conditions left out. Planted in the stores of the simulation,
which lock as the real ones do.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from payments.domain.operation import Stage
from tests.reliability.bugs.registry import Put, bug
from tests.simulation.stores import inventory, orders, payments


@bug("stock_unlocked", "I2", "stock is read without a lock and written as it was read")
def _stock_unlocked(put: Put) -> None:
    def write(self: Any, changed: Any) -> None:
        for stock in changed:
            self._record(stock)
            self._transaction.working["stock", stock.sku] = stock

    put(inventory.Stocks, "_lock", lambda _self, _sku: None)
    put(inventory.Stocks, "_write", write)


@bug("orders_unlocked", "I4", "an order is loaded without a lock")
def _orders_unlocked(put: Put) -> None:
    def load(self: Any, order_ids: Any) -> None:
        for order_id in order_ids:
            if self._transaction.find("orders", order_id) is not None:
                self._loaded[order_id] = self._transaction.copy("orders", order_id)

    put(orders.Orders, "_load", load)


@bug("no_lease", "RUN", "an operation is claimed without a lease, and ended unseen")
def _no_lease(put: Put) -> None:
    claim = payments.Operations._claim

    def claim_at_will(self: Any, kinds: Any, limit: int, _lease: timedelta) -> Any:
        return claim(self, kinds, limit, timedelta(0))

    put(payments.Operations, "_claim", claim_at_will)

    async def waiting_among(_self: Any, operation_ids: Any) -> set[Any]:
        return set(operation_ids)

    put(payments.Operations, "waiting_among", waiting_among)


@bug("withdrawn_in_hand", "I1", "a void withdraws an authorisation that the provider was asked for")
def _withdrawn_in_hand(put: Put) -> None:
    def withdraw(self: Any, payment_id: Any) -> bool:
        for row in self._all():
            if row.operation.payment_id == payment_id and row.stage is Stage.WAITING:
                self._put(replace(row, stage=Stage.WITHDRAWN))
                return True
        return False

    put(payments.Operations, "_withdraw", withdraw)


@bug("cart_ordered_twice", "I3", "a cart may make more than one order, whatever the key")
def _cart_ordered_twice(put: Put) -> None:
    from chassis.sql_idempotency import IdempotencyKeys

    async def nothing(*_: Any) -> None:
        return None

    async def everything(_self: Any, answers: Any) -> set[tuple[str, str]]:
        return {(key.scope, key.key) for key, _ in answers}

    def place(self: Any, order: Any) -> None:
        self._transaction.insert("orders", order.id, order)

    put(IdempotencyKeys, "find", nothing)
    put(IdempotencyKeys, "store_all", everything)
    put(orders.Orders, "_place", place)
    put(orders.Carts, "close", nothing)
