"""What the console reads: metrics of processes, the ends of logs, and OTLP that it hands on."""

import asyncio
import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from infra.native.tests.unit.console.made import TRACE, export, placing
from native.console.intake import LARGEST, Intake, Unreadable
from native.console.log_tail import LogTail, trouble_of
from native.console.store import SpanStore
from native.console.watch import Totals, Watch, count, growth
from native.exposition import Sample, read
from native.listening import listening
from native.place import Place

METRICS = """# HELP outbox_waiting Events written and not yet published.
# TYPE outbox_waiting gauge
outbox_waiting 3.0
consumer_lag{group="orders",topic="inventory.events",partition="0"} 2.0
consumer_lag{group="orders",topic="inventory.events",partition="1"} 5.0
gateway_requests_total{method="GET",status="503",upstream="orders"} 4.0
gateway_requests_total{method="GET",status="200",upstream="console"} 900.0
gateway_requests_total{method="GET",status="200",upstream="or\\"ders"} 1.5e+01
http_requests_total{route="/"} 7.0
outbox_waiting not-a-number
"""


def test_only_the_wanted_metrics_are_read() -> None:
    found = list(read(METRICS, frozenset({"outbox_waiting", "http_requests_total"})))
    assert found == [
        Sample("outbox_waiting", {}, 3.0),
        Sample("http_requests_total", {"route": "/"}, 7.0),
    ]


def test_totals_add_up_partitions_and_leave_out_who_watches() -> None:
    totals = Totals()
    for sample in read(METRICS, frozenset({"outbox_waiting", "consumer_lag"})):
        count(totals, "orders", sample)
    for sample in read(METRICS, frozenset({"gateway_requests_total"})):
        count(totals, "gateway", sample)
    assert totals.outbox == {"orders": 3}
    assert dict(totals.lag) == {("orders", "inventory.events"): 7.0}
    assert totals.counted["gateway"] == {"requests": 19, "failed": 4}


def test_who_is_silent_at_a_look_makes_no_peak_when_it_speaks_again() -> None:
    before = {"gateway": Counter(requests=1000), "orders": Counter(events=7)}
    assert growth(before, {"orders": Counter(events=9)}) == {"events": 2}
    assert growth({"orders": Counter(events=9)}, before)["requests"] == 0
    assert growth(before, {"gateway": Counter(requests=1010)}) == {"requests": 10}
    assert growth(before, {"gateway": Counter(requests=3)})["requests"] == 0


async def test_a_look_that_hangs_holds_neither_page_nor_end_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("native.console.watch._PATIENCE", 0.05)
    watch = Watch(Place(tmp_path, tmp_path))

    async def hang(_client: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(watch, "_look", hang)
    running = asyncio.create_task(watch.run())
    async with asyncio.timeout(5):
        await watch.asked()
        await watch.stop()
        await running


def line(**fields: str) -> str:
    return json.dumps({"timestamp": "2026-11-22T23:00:00Z", "level": "error", **fields}) + "\n"


def test_the_tail_has_what_was_written_since_and_survives_a_new_file(tmp_path: Path) -> None:
    log = tmp_path / "orders.log"
    log.write_text(line(event="one") + line(event="fine", level="info") + '{"event": "half')
    tail = LogTail(tmp_path)
    tail.look()
    with log.open("a") as growing:
        growing.write(' a line", "level": "warning"}\n' + line(event="two", trace_id=TRACE))
    tail.look()
    log.write_text(line(event="three"))
    tail.look()
    tail.look()
    assert [(one.event, one.level) for one in tail.recent] == [
        ("one", "error"),
        ("half a line", "warning"),
        ("two", "error"),
        ("three", "error"),
    ]
    assert tail.recent[2].trace == TRACE


def test_an_error_shows_its_last_line_and_nothing_private() -> None:
    exception = "Traceback …\nValueError: casey@souk.example is taken"
    seen = trouble_of("auth", line(event="request_failed", exception=exception))
    assert seen is not None
    assert seen.detail == "ValueError: [redacted] is taken"
    server = trouble_of("postgres", "2026 FATAL: password=hunter2 is wrong")
    assert server is not None and "hunter2" not in server.event
    assert trouble_of("postgres", "LOG: checkpoint complete") is None
    assert trouble_of("kafka", "{broken") is None


@pytest.fixture
def store(tmp_path: Path) -> SpanStore:
    return SpanStore(tmp_path / "spans.sqlite")


async def test_spans_are_kept_packed_or_not(store: SpanStore) -> None:
    intake = Intake(store, None)
    await intake.take("traces", export(placing()), packed=False)
    await intake.take("traces", gzip.compress(export(placing())), packed=True)
    assert store.count() == 6


@pytest.mark.parametrize(
    ("body", "packed"),
    [
        (b"no protobuf at all", False),
        (b"not gzip", True),
        (gzip.compress(b"x" * 100)[:-12], True),
        (gzip.compress(bytes(LARGEST + 1)), True),
    ],
)
async def test_what_is_no_otlp_is_refused(store: SpanStore, body: bytes, packed: bool) -> None:
    with pytest.raises(Unreadable):
        await Intake(store, None).take("traces", body, packed=packed)
    assert store.count() == 0


async def test_everything_goes_on_to_the_collector_as_it_came(store: SpanStore) -> None:
    got: list[tuple[str, bytes]] = []
    with listening(0, lambda path, body: got.append((path, body))) as port:
        intake = Intake(store, f"http://127.0.0.1:{port}/")
        running = asyncio.create_task(intake.run())
        body = export(placing())
        await intake.take("traces", gzip.compress(body), packed=True)
        await intake.take("metrics", b"any bytes", packed=False)
        await asyncio.sleep(0)
        await intake.stop()
        await running
    assert got == [("/v1/traces", body), ("/v1/metrics", b"any bytes")]


async def test_a_collector_that_is_away_holds_nobody_up(store: SpanStore) -> None:
    intake = Intake(store, "http://127.0.0.1:1")
    for _ in range(100):
        await intake.take("metrics", b"", packed=False)
    assert intake.dropped == 36
