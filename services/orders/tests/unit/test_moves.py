"""The table of moves, status by status and move by move, against the orders that make them."""

from collections.abc import Callable, Mapping
from itertools import product

import pytest

from chassis.ids import uuid7
from orders.domain.dispatch import Parcel, deliver, pack, ship
from orders.domain.errors import (
    IllegalMove,
    NothingLeft,
    OrderCannotBeCancelled,
    OrderCannotBePacked,
    OrderCannotBeSettled,
    RefundTooLarge,
    ShipmentNotFound,
)
from orders.domain.events import Actor
from orders.domain.moves import MOVES, REFUSALS, Move, Status, may, must
from orders.domain.order import Order
from orders.domain.payment import request_refund
from orders.domain.returns import receive_return, refuse_return, request_return
from orders.domain.saga import Reason
from orders.testing.stages import AT
from orders.testing.values import NOW

# Written by hand: what people may do, by where an order stands. It judges the table.
LEGAL: Mapping[Status, set[Move]] = {
    Status.PENDING: {Move.CONFIRM, Move.REJECT, Move.CANCEL},
    Status.CONFIRMED: {Move.CANCEL, Move.PACK, Move.REFUND},
    Status.PACKED: {Move.SHIP, Move.REFUND},
    Status.PARTIALLY_SHIPPED: {Move.SHIP, Move.DELIVER, Move.RETURN, Move.REFUND},
    Status.SHIPPED: {Move.DELIVER, Move.RETURN, Move.REFUND},
    Status.DELIVERED: {Move.RETURN, Move.REFUND},
    Status.RETURNED: {Move.REFUND},
    Status.REJECTED: set(),
    Status.CANCELLED: set(),
}
TRIES: Mapping[Move, Callable[[Order], object]] = {
    Move.CONFIRM: lambda order: order.make(Move.CONFIRM, Status.CONFIRMED, NOW),
    Move.REJECT: lambda order: order._reject(Reason.TIMED_OUT, NOW),
    Move.CANCEL: lambda order: order.cancel(Actor.STAFF, NOW),
    Move.PACK: lambda order: pack(order, NOW),
    Move.SHIP: lambda order: ship(order, uuid7(), Parcel(), NOW),
    Move.DELIVER: lambda order: deliver(order, uuid7(), NOW),
    Move.RETURN: lambda order: request_return(order, uuid7(), {"85123A": 1}, "broken", NOW),
    Move.REFUND: lambda order: request_refund(order, uuid7(), None, "goodwill", NOW),
}
# What is legal may still have nothing to be done with; that is another refusal than the move's.
OTHERWISE = (NothingLeft, RefundTooLarge, ShipmentNotFound)


@pytest.mark.parametrize(("status", "move"), list(product(Status, Move)))
def test_an_order_makes_the_moves_of_the_table_and_refuses_all_others_by_name(
    status: Status, move: Move
) -> None:
    order = AT[status]()
    assert order.status is status
    before = (order.version, order.messages, order.fulfilment, order.account)
    assert may(status, move) == (move in LEGAL[status])
    if move in LEGAL[status]:
        try:
            TRIES[move](order)
        except OTHERWISE:
            return
        assert order.status in MOVES[status][move]
    else:
        with pytest.raises(REFUSALS[move]) as refusal:
            TRIES[move](order)
        assert refusal.value.extras == {"order_status": status}
        assert before == (order.version, order.messages, order.fulfilment, order.account)
        assert order.status is status


@pytest.mark.parametrize("status", [s for s in Status if Move.RETURN not in LEGAL[s]])
def test_no_return_is_decided_on_where_none_can_be(status: Status) -> None:
    with pytest.raises(REFUSALS[Move.RETURN]):
        receive_return(AT[status](), uuid7(), uuid7(), NOW)
    with pytest.raises(REFUSALS[Move.RETURN]):
        refuse_return(AT[status](), uuid7(), "used", NOW)


def test_the_table_speaks_of_every_status_and_every_move() -> None:
    assert set(MOVES) == set(AT) == set(Status)
    assert set(REFUSALS) == set(TRIES) == set(Move)
    reached = {to for moves in MOVES.values() for ends in moves.values() for to in ends}
    assert reached == set(Status) - {Status.PENDING}


def test_nobody_cancels_what_is_packed() -> None:
    for status in set(Status) - {Status.PENDING, Status.CONFIRMED}:
        with pytest.raises(OrderCannotBeCancelled, match=f"is {status} cannot be cancelled"):
            AT[status]().cancel(Actor.CUSTOMER, NOW)


def test_a_legal_move_to_the_wrong_place_is_refused_too() -> None:
    with pytest.raises(OrderCannotBePacked):
        must(Status.CONFIRMED, Move.PACK, Status.SHIPPED)
    with pytest.raises(OrderCannotBeSettled):
        must(Status.PENDING, Move.CONFIRM, Status.REJECTED)


def test_every_refusal_of_a_move_has_a_name_of_its_own() -> None:
    named = {REFUSALS[move] for move in Move if move not in (Move.CONFIRM, Move.REJECT)}
    assert len(named) == len(Move) - 2
    assert all(issubclass(error, IllegalMove) for error in named)
