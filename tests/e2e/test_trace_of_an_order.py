"""The edges of one order's trace: gateway, orders, Kafka, inventory, Kafka, …, the e-mail.

`native/console/edges.py` lists them as data, for the NetworkPolicies too. Here the running shop is
held against the list in both directions, and a list with an edge too many is seen to fail.
"""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from native import addresses
from native.commands.trace import trace as show_trace
from native.console.edges import BESIDE, KAFKA, MAILBOX, OF_AN_ORDER, SIMULATED, Edge, connections
from native.console.spans import Span, steps
from native.console.store import SpanStore
from native.keeper import Keeper
from native.observe import processes_of
from native.place import Place
from native.ports import Ports
from tests.e2e.shop import SKU, SLUG, Shop, eventually

# A service sends its spans every two seconds.
PATIENCE = 40
OURS = {"valkey": "redis", "documents": "mongo"}


def missing(spans: list[Span], wanted: frozenset[Edge] = OF_AN_ORDER) -> list[Edge]:
    """The edges that a trace ought to show and does not."""
    return sorted(wanted - steps(spans))


def unknown(spans: list[Span]) -> list[Edge]:
    """The edges that a trace shows and nobody has listed."""
    return sorted(steps(spans) - OF_AN_ORDER)


@pytest.fixture(scope="module")
def place(stack: Any) -> Place:
    return Place(Path(stack.home), Place.from_environment().tools)


@pytest.fixture(scope="module")
async def order(shop: Shop) -> str:
    """An order that was placed; its trace shows when it is confirmed and the mail is out."""
    buyer = await shop.sign_in("customer@souk.example")
    placed = await buyer.order({SKU: 1})
    assert placed.status_code == 201, placed.text
    return str(placed.json()["id"])


@pytest.fixture(scope="module")
async def spans(place: Place, order: str) -> list[Span]:
    """The trace of the order as the console keeps it, found by the order's id."""
    store = SpanStore(place.spans, readonly=True)

    async def look() -> list[Span]:
        traces = store.traces_about(order)
        return store.trace(traces[0]) if traces else []

    found = await eventually(look, lambda seen: not missing(seen), PATIENCE)
    store.close()
    return found


async def test_the_trace_of_an_order_shows_every_edge_of_the_list_and_no_other(
    spans: list[Span],
) -> None:
    assert missing(spans) == []
    assert unknown(spans) == []


async def test_the_way_leads_from_the_gateway_to_the_mail(spans: list[Span]) -> None:
    """One edge leads to the next, so that the list is one way and not some islands."""
    reached, edges = {"gateway"}, steps(spans)
    for _ in edges:
        reached |= {edge.target for edge in edges if edge.source in reached}
    assert reached >= {"orders", KAFKA, "inventory", "payments", "notifications", MAILBOX}


@pytest.mark.parametrize("edge", sorted(OF_AN_ORDER), ids=str)
async def test_an_edge_that_is_missing_is_seen(spans: list[Span], edge: Edge) -> None:
    """Without the spans that show it, the check of this very edge fails."""
    without = [span for span in spans if edge not in steps([span, *_parents(span, spans)])]
    assert edge in missing(without)


async def test_an_edge_that_nobody_listed_is_seen(spans: list[Span]) -> None:
    planted = Edge("payments", "auth", "http")
    parent = next(span for span in spans if span.service == "payments")
    stray = Span(parent.trace, "f" * 16, parent.id, "auth", "GET /v1/users", "server", 1, 2)
    assert unknown([*spans, stray]) == [planted]


def _parents(span: Span, spans: list[Span]) -> list[Span]:
    return [other for other in spans if other.id == span.parent]


async def test_the_processes_hold_connections_along_the_list_alone(
    stack: Any, place: Place
) -> None:
    """What the operating system says; short ones (a mail, a set of keys) may be missed."""
    # The catalogue's cache is asked for nothing as long as the edge's own answers.
    catalog = addresses.service("catalog", Ports(stack.port_base))
    async with httpx.AsyncClient(base_url=catalog) as direct:
        assert (await direct.get(f"/v1/products/{SLUG}")).status_code == 200
    seen = await asyncio.to_thread(_established, place)
    services = {source for source, _ in connections()}
    allowed = connections() | {edge.connects for edge in SIMULATED}
    assert {edge for edge in seen if edge[0] in services} - allowed == set()
    held = {edge.connects for edge in BESIDE if edge.kind == "store"}
    assert held - seen == set()


def _established(place: Place) -> set[tuple[str, str]]:
    """(from, to) by name; replicas count as their service."""
    ports = {port: process.name for process in processes_of(place) for port in process.ports}
    # The console watches everything, and is no part of the shop; the tests' collector neither.
    found = set()
    for name, state in Keeper(place).states().items():
        if state.pid is None:
            continue
        for connection in psutil.Process(state.pid).net_connections("tcp"):
            to = ports.get(connection.raddr[1]) if connection.raddr else None
            if to is not None and connection.laddr[1] not in ports and "console" not in (name, to):
                found.add((_plain(name), _plain(to)))
    return {(source, target) for source, target in found if source != target}


def _plain(name: str) -> str:
    return OURS.get(name, re.sub(r"-\d+$", "", name))


async def test_the_command_shows_the_way_of_an_order(
    place: Place, order: str, spans: list[Span], monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.setenv("SOUK_HOME", str(place.home))
    monkeypatch.setenv("COLUMNS", "160")
    show_trace(order)
    shown = capsys.readouterr().out
    for span in spans:
        assert f"{span.service} {span.name}"[:30] in shown
    show_trace(spans[0].trace, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["order"], len(told["rows"])) == (order, len(spans))
