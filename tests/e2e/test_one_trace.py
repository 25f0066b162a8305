"""One order is one trace, from the gateway to the e-mail, across HTTP, Kafka and four databases.

The tests' stack sends its spans to the receiver of this folder; what an operator would look for in
the logs with the trace's id is there as well.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.otlp_receiver import Collector, edges, label
from tests.e2e.shop import SKU, Shop, eventually

# A service sends its spans every five seconds, later when nobody listened before.
PATIENCE = 40

PLACED = "orders: POST /v1/orders"
RESERVED = "orders: consume inventory.stock_reserved.v1"
PAID = "orders: consume payments.payment_authorised.v1"
COMMITTED = "orders: consume inventory.stock_committed.v1"
TOLD = "notifications: consume orders.order_confirmed.v1"
WAY_OF_AN_ORDER = {
    ("gateway: POST /v1/orders", PLACED),
    (PLACED, "inventory: consume inventory.reserve_stock.v1"),
    ("inventory: consume inventory.reserve_stock.v1", RESERVED),
    (RESERVED, "payments: consume payments.authorise_payment.v1"),
    ("payments: consume payments.authorise_payment.v1", "payments: provider authorise"),
    ("payments: consume payments.authorise_payment.v1", PAID),
    (PAID, "inventory: consume inventory.commit_stock.v1"),
    ("inventory: consume inventory.commit_stock.v1", COMMITTED),
    (COMMITTED, TOLD),
    (TOLD, "notifications: send order_confirmed"),
}


@pytest.fixture(scope="module")
async def trace(shop: Shop, spans: Collector) -> str:
    """The id of the trace of an order that was placed and confirmed, all of it collected."""
    buyer = await shop.sign_in("customer@souk.example")
    placed = await buyer.order({SKU: 1})
    assert placed.status_code == 201, placed.text
    # The gateway names a request by its trace.
    trace = placed.headers["x-request-id"]

    async def missing() -> list[tuple[str, str]]:
        return sorted(WAY_OF_AN_ORDER - edges(spans.trace(trace)))

    await eventually(missing, lambda left: not left, PATIENCE)
    return trace


def lines_of(stack: Any, process: str, trace: str) -> list[dict[str, Any]]:
    """What a process wrote in its log about a trace."""
    text = (Path(stack.home) / "logs" / f"{process}.log").read_text()
    return [json.loads(line) for line in text.splitlines() if trace in line]


async def test_an_order_is_one_trace_with_one_beginning(spans: Collector, trace: str) -> None:
    seen = spans.trace(trace)
    known = {span.id for span in seen}
    assert [label(span) for span in seen if span.parent not in known] == [
        "gateway: POST /v1/orders"
    ]


async def test_no_private_word_of_the_order_is_in_its_trace(spans: Collector, trace: str) -> None:
    said = str([(span.name, span.attributes) for span in spans.trace(trace)])
    assert "customer@souk.example" not in said
    assert "tok_visa" not in said


@pytest.mark.parametrize(
    ("process", "event"),
    [("gateway", "request"), ("orders", "request"), ("notifications", "mail_sent")],
)
async def test_the_logs_tell_of_the_order_under_the_id_of_its_trace(
    stack: Any, trace: str, process: str, event: str
) -> None:
    assert event in [line["event"] for line in lines_of(stack, process, trace)]


async def test_a_collector_that_is_away_is_one_line_in_the_log_of_each_process(stack: Any) -> None:
    for log in (Path(stack.home) / "logs").glob("*.log"):
        text = log.read_text()
        starts, times_back = text.count('"event":"started"'), text.count("collector_back")
        assert text.count("collector_away") <= starts + times_back + 1, log.name
