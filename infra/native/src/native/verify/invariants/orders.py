"""I3: every order that a client was told of exists once, and each key has one order at most.

The shop's own keys are held against its orders, and the client log against both.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from native.verify.client_log import Call
from native.verify.findings import Findings

PLACE = "place_order"
CREATED = 201
_ORDERS = "/v1/orders/"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An idempotency key of `POST /v1/orders` and the order that it stands for."""

    scope: str
    key: str
    order_id: str


class Orders:
    """`orders` are the ids in the store, each with whether its key must still be remembered."""

    def __init__(self, orders: Mapping[str, bool], keys: Iterable[KeyRow]) -> None:
        self._found = Findings("I3", "every order told of exists once, one for each key")
        self._orders = orders
        self._told: dict[tuple[str | None, str], str] = {}
        self._found.count("orders", len(orders))
        self._check_keys(list(keys))

    def _check_keys(self, keys: list[KeyRow]) -> None:
        numbers = Counter(row.order_id for row in keys)
        for row in keys:
            self._found.count("keys")
            if row.order_id not in self._orders:
                self._found.fault("key without an order", f"key {row.key}", row.order_id)
        for order_id, number in numbers.items():
            if number > 1:
                self._found.fault("two keys for an order", order_id, f"{number} keys")
        for order_id, must_have_key in self._orders.items():
            if must_have_key and not numbers[order_id]:
                self._found.fault("order without a key", order_id, "no key was stored with it")

    def take(self, call: Call) -> None:
        """Takes the next call of the client log."""
        if call.status is None or not 200 <= call.status < 300:
            return
        if call.order_id is None:
            if call.operation == PLACE:
                self._found.fault("told of no order", _name(call), f"{call.status}")
            return
        self._found.count("times a client was told")
        if call.order_id not in self._orders:
            self._found.fault(
                "order lost", _name(call), f"told of {call.order_id}, which is not there"
            )
        if call.operation == PLACE and call.idempotency_key is not None:
            self._one_order(call, call.idempotency_key, call.order_id)

    def _one_order(self, call: Call, key: str, order_id: str) -> None:
        first = self._told.setdefault((call.caller, key), order_id)
        if first != order_id:
            found = f"told of {first}, then of {order_id}"
            self._found.fault("two orders for a key", f"key {key} of {call.caller}", found)

    def finish(self) -> Findings:
        """Returns what was found."""
        return self._found


def _name(call: Call) -> str:
    return f"{call.operation} by {call.caller or 'a stranger'}"


def order_at(location: str | None) -> str | None:
    """The order's id in a Location of the orders service; None for another place."""
    if location is None or not location.startswith(_ORDERS):
        return None
    rest = location.removeprefix(_ORDERS)
    return None if "/" in rest else rest
