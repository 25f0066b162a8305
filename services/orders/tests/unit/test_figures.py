"""What the shop counts of an order whose status was committed."""

from datetime import timedelta

from prometheus_client import REGISTRY

from orders.adapters.metrics import note_settled
from orders.domain.moves import Status
from orders.domain.saga import Reason
from orders.testing.values import NOW, an_order


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_confirmed_order_is_revenue_and_took_its_time() -> None:
    order = an_order()
    currency = order.total.currency
    before = figure("orders_revenue_minor_total", currency=currency)
    count = figure("orders_settling_seconds_count", status="confirmed")
    spent = figure("orders_settling_seconds_sum", status="confirmed")
    order.status, order.updated_at = Status.CONFIRMED, NOW + timedelta(seconds=3)
    note_settled([order])
    earned = figure("orders_revenue_minor_total", currency=currency) - before
    assert earned == order.total.amount > 0
    assert figure("orders_settling_seconds_count", status="confirmed") == count + 1
    assert figure("orders_settling_seconds_sum", status="confirmed") == spent + 3


def test_a_rejected_order_is_counted_by_its_reason_and_is_no_revenue() -> None:
    order = an_order()
    currency = order.total.currency
    earned = figure("orders_revenue_minor_total", currency=currency)
    before = figure("orders_rejected_total", reason="out_of_stock")
    order.status, order.reason = Status.REJECTED, Reason.OUT_OF_STOCK
    note_settled([order])
    assert figure("orders_rejected_total", reason="out_of_stock") == before + 1
    assert figure("orders_revenue_minor_total", currency=currency) == earned


def test_a_later_step_of_its_life_is_no_second_sale() -> None:
    order = an_order()
    currency = order.total.currency
    earned = figure("orders_revenue_minor_total", currency=currency)
    order.status = Status.SHIPPED
    note_settled([order])
    assert figure("orders_revenue_minor_total", currency=currency) == earned
