"""Spans: read from OTLP, kept up to a limit, drawn as a waterfall, and the steps that they show."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.native.tests.unit.console.made import ORDER, TRACE, export, placing, span
from native.console.edges import Edge
from native.console.spans import read_request, steps
from native.console.store import SpanStore
from native.console.terminal import heading, table
from native.console.waterfall import draw
from native.progress import output


@pytest.fixture
def store(tmp_path: Path) -> SpanStore:
    return SpanStore(tmp_path / "spans.sqlite", most=50)


def test_what_comes_over_otlp_is_what_was_sent() -> None:
    sent = [*placing(), span("orders", "GET /v1/orders", failed=True)]
    assert read_request(export(sent)) == sent


def test_an_order_is_found_by_its_id_and_its_placing_comes_first(store: SpanStore) -> None:
    cancelled = span("orders", "POST /v1/orders/{order_id}/cancel", order=ORDER, trace="c" * 32)
    store.add([replace(cancelled, start=0), *placing()])
    assert store.traces_about(ORDER) == [TRACE, "c" * 32]
    assert store.traces_about("another") == []
    assert [one.service for one in store.trace(TRACE)] == ["gateway", "orders", "inventory"]


def test_the_orders_placed_last_are_listed_with_what_is_known_of_them(store: SpanStore) -> None:
    store.add(placing())
    store.add(placing("b" * 32, "another", at=1000))
    late, early = store.placed()
    assert (late.order, late.trace, early.order) == ("another", "b" * 32, ORDER)
    assert (early.spans, early.failed, early.milliseconds) == (3, False, 34.0)
    assert [one.order for one in store.placed(limit=1)] == ["another"]


def test_no_more_than_the_limit_is_kept_and_the_oldest_goes(store: SpanStore) -> None:
    for number in range(40):
        store.add(placing(f"{number:032x}"))
    # They are counted once in so many, so a few more may be there.
    assert 50 <= store.count() < 100
    assert store.trace(f"{0:032x}") == []
    assert len(store.trace(f"{39:032x}")) == 3


def test_what_was_kept_is_there_after_a_new_start_and_for_another_reader(tmp_path: Path) -> None:
    path = tmp_path / "spans.sqlite"
    writing = SpanStore(path)
    writing.add(placing())
    assert len(SpanStore(path, readonly=True).trace(TRACE)) == 3
    writing.close()
    assert SpanStore(path).count() == 3


def test_a_waterfall_has_parents_above_children_and_shows_the_way_through_kafka() -> None:
    fall = draw(list(reversed(placing())))
    assert [(row.depth, row.service) for row in fall.rows] == [
        (0, "gateway"),
        (1, "orders"),
        (2, "inventory"),
    ]
    assert (fall.order, fall.trace, fall.takes) == (ORDER, TRACE, 35.0)
    taken = fall.rows[2]
    # Its writer ended at 10 ms, it was sent at 16 and taken at 30.
    assert (taken.written, taken.sent, taken.begins) == (10.0, 16.0, 30.0)
    assert (fall.rows[0].written, fall.rows[0].sent) == (None, None)


def test_a_waterfall_shows_each_span_once_whatever_the_ids_say() -> None:
    one, two, three = placing()
    itself = replace(one, parent=one.id)
    lost = replace(three, parent="f" * 16)
    assert sorted(row.service for row in draw([itself, two, lost, lost]).rows) == [
        "gateway",
        "inventory",
        "orders",
    ]
    circle = [replace(one, parent=two.id), two, three]
    assert len(draw(circle).rows) == 3


def test_the_terminal_shows_every_step_and_how_long_it_took(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fall = draw(placing())
    console = output()
    console.width = 140
    console.print(table(fall, 50))
    shown = capsys.readouterr().out
    assert "inventory consume inventory.reserve_stock.v1" in shown
    assert "·" in shown and "─" in shown and "█" in shown
    assert "20.0 ms" in shown
    assert f"order {ORDER}" in heading(fall) and "3 spans in 35 ms" in heading(fall)


def test_spans_show_the_steps_between_services() -> None:
    told = placing()
    told.append(span("notifications", "send order_confirmed", told[2], kind="producer"))
    assert steps(told) == {
        Edge("gateway", "orders", "http"),
        Edge("orders", "kafka", "publish", "inventory.commands"),
        Edge("kafka", "inventory", "consume", "inventory.commands"),
        Edge("notifications", "mailbox", "smtp"),
        Edge("inventory", "notifications", "http"),
    }


def test_a_step_without_the_span_before_it_is_not_believed() -> None:
    assert steps(placing()[2:]) == set()
