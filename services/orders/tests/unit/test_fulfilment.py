"""What happens to an order's goods: shipped in parts, delivered, returned; and their quantities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import uuid7
from orders.domain.dispatch import Parcel, deliver, ship
from orders.domain.errors import (
    MoreThanLeft,
    NothingLeft,
    RepeatedSku,
    ReturnClosed,
    ReturnNotFound,
    ShipmentDelivered,
    ShipmentNotFound,
)
from orders.domain.events import (
    CapturePayment,
    OrderDelivered,
    OrderShipped,
    RefundPayment,
    ReturnReceived,
    ReturnRefused,
    ReturnRequested,
    ReturnStock,
)
from orders.domain.fulfilment import distinct
from orders.domain.order import Order
from orders.domain.returns import receive_return, refuse_return, request_return, stock_returned
from orders.testing.stages import (
    EVERYTHING,
    HEARTS,
    LANTERNS,
    delivered,
    gbp,
    packed,
    returned,
    shipped,
)
from orders.testing.values import NOW


def recorded(order: Order, *kinds: type) -> list[object]:
    return [one.what for one in order.recorded if isinstance(one.what, kinds)]


def test_a_parcel_without_lines_holds_all_that_is_left_and_is_the_final_charge() -> None:
    order = shipped(HEARTS, None)
    assert order.status == "shipped"
    assert order.fulfilment.shipped == EVERYTHING
    charges = recorded(order, CapturePayment)
    amounts = [(charge.amount, charge.final) for charge in charges]  # type: ignore[attr-defined]
    assert amounts == [(gbp(1770), False), (gbp(750), True)]


def test_each_parcel_says_whether_it_was_the_last() -> None:
    order = shipped(HEARTS)
    assert order.status == "partially_shipped"
    ship(order, uuid7(), Parcel(LANTERNS, "Royal Mail", "AB1"), NOW)
    told = recorded(order, OrderShipped)
    assert [event.complete for event in told] == [False, True]  # type: ignore[attr-defined]
    last = order.fulfilment.shipments[-1]
    assert (last.carrier, last.tracking, last.quantities) == ("Royal Mail", "AB1", LANTERNS)


@pytest.mark.parametrize("quantities", [{"85123A": 7}, {"00000": 1}, {"85123A": 6, "71053": 3}])
def test_no_more_leaves_than_was_ordered(quantities: dict[str, int]) -> None:
    order = packed()
    with pytest.raises(MoreThanLeft) as refusal:
        ship(order, uuid7(), Parcel(quantities), NOW)
    assert {line["sku"] for line in refusal.value.extras["lines"]} <= set(quantities)
    assert order.status == "packed"
    assert not recorded(order, OrderShipped, CapturePayment)


def test_no_unit_leaves_twice() -> None:
    order = shipped({"85123A": 4})
    with pytest.raises(MoreThanLeft) as refusal:
        ship(order, uuid7(), Parcel({"85123A": 3}), NOW)
    assert refusal.value.extras == {"lines": [{"sku": "85123A", "left": 2}]}


def test_an_order_is_delivered_when_all_of_it_has_arrived() -> None:
    order = shipped(HEARTS, LANTERNS)
    first, second = order.fulfilment.shipments
    deliver(order, second.id, NOW)
    assert order.status == "shipped"
    assert order.fulfilment.delivered == LANTERNS
    deliver(order, first.id, NOW)
    assert order.status == "delivered"
    told = recorded(order, OrderDelivered)
    assert [event.complete for event in told] == [False, True]  # type: ignore[attr-defined]


def test_what_arrived_before_the_rest_left_does_not_make_the_order_delivered() -> None:
    order = delivered(HEARTS)
    assert order.status == "partially_shipped"
    ship(order, uuid7(), Parcel(), NOW)
    assert order.status == "shipped"


def test_a_shipment_arrives_once_and_only_if_there_is_one() -> None:
    order = shipped(HEARTS, LANTERNS)
    deliver(order, order.fulfilment.shipments[0].id, NOW)
    with pytest.raises(ShipmentDelivered):
        deliver(order, order.fulfilment.shipments[0].id, NOW)
    with pytest.raises(ShipmentNotFound):
        deliver(order, uuid7(), NOW)


def test_a_return_restocks_and_refunds_what_came_back() -> None:
    order = delivered()
    made = request_return(order, uuid7(), {"85123A": 2}, "broken", NOW)
    receive_return(order, made.id, uuid7(), NOW)
    kept = order.fulfilment.returning(made.id)
    assert (kept.status, kept.refund, kept.restocked) == ("received", gbp(590), False)
    assert order.status == "delivered"
    assert recorded(order, ReturnRequested, ReturnReceived, ReturnStock, RefundPayment) == [
        ReturnRequested(made),
        RefundPayment(order.account.refunds[0].id, gbp(590)),
        ReturnReceived(kept, gbp(590), complete=False),
        ReturnStock(made.id, {"85123A": 2}),
    ]
    stock_returned(order, made.id, NOW)
    assert order.fulfilment.returning(made.id).restocked


def test_an_order_of_which_everything_came_back_is_returned() -> None:
    order = returned()
    assert order.status == "returned"
    assert order.fulfilment.returned == EVERYTHING
    assert order.account.refunds[0].amount == order.total
    [told] = recorded(order, ReturnReceived)
    assert isinstance(told, ReturnReceived)
    assert told.complete


def test_only_what_arrived_comes_back_and_no_return_takes_what_another_holds() -> None:
    order = shipped(HEARTS, LANTERNS)
    with pytest.raises(NothingLeft):
        request_return(order, uuid7(), HEARTS, "broken", NOW)
    deliver(order, order.fulfilment.shipments[0].id, NOW)
    with pytest.raises(MoreThanLeft):
        request_return(order, uuid7(), LANTERNS, "broken", NOW)
    request_return(order, uuid7(), {"85123A": 4}, "broken", NOW)
    with pytest.raises(MoreThanLeft) as refusal:
        request_return(order, uuid7(), {"85123A": 3}, "broken", NOW)
    assert refusal.value.extras == {"lines": [{"sku": "85123A", "left": 2}]}


def test_a_refused_return_moves_nothing_and_frees_its_units() -> None:
    order = delivered()
    made = request_return(order, uuid7(), EVERYTHING, "broken", NOW)
    refuse_return(order, made.id, "used", NOW)
    kept = order.fulfilment.returning(made.id)
    assert (kept.status, kept.refusal) == ("refused", "used")
    assert recorded(order, ReturnRefused, ReturnStock, RefundPayment) == [
        ReturnRefused(kept, "used")
    ]
    assert request_return(order, uuid7(), EVERYTHING, "broken", NOW)


@pytest.mark.parametrize("decided", ["received", "refused"])
def test_a_return_is_decided_on_once(decided: str) -> None:
    order = delivered()
    made = request_return(order, uuid7(), HEARTS, "broken", NOW)
    if decided == "received":
        receive_return(order, made.id, uuid7(), NOW)
    else:
        refuse_return(order, made.id, "used", NOW)
    version = order.version
    with pytest.raises(ReturnClosed, match=decided):
        receive_return(order, made.id, uuid7(), NOW)
    with pytest.raises(ReturnClosed, match=decided):
        refuse_return(order, made.id, "used", NOW)
    with pytest.raises(ReturnNotFound):
        receive_return(order, uuid7(), uuid7(), NOW)
    assert order.version == version


def test_a_list_that_names_a_sku_twice_is_refused() -> None:
    with pytest.raises(RepeatedSku):
        distinct([("85123A", 1), ("85123A", 2)])


@given(
    parcels=st.lists(
        st.fixed_dictionaries(
            {}, optional={"85123A": st.integers(1, 6), "71053": st.integers(1, 2)}
        ).filter(bool),
        max_size=6,
    )
)
def test_however_it_is_shipped_the_charges_come_to_the_total(
    parcels: list[dict[str, int]],
) -> None:
    order = packed()
    for quantities in parcels:
        left = order.fulfilment.left_to_ship(order.lines)
        leaving = {sku: min(n, left[sku]) for sku, n in quantities.items() if sku in left}
        if leaving and order.status != "shipped":
            ship(order, uuid7(), Parcel(leaving), NOW)
    if order.status != "shipped":
        ship(order, uuid7(), Parcel(), NOW)
    charged = sum(charge.amount.amount for charge in order.fulfilment.charges)
    assert charged == order.total.amount
    assert order.fulfilment.shipped == EVERYTHING
