"""What the gateway writes down of a request: its line in the log, its place in the metrics."""

import asyncio
import errno
import io
import json
from typing import Any

from chassis.claims import Claims
from gateway.cache.cache import Cache
from gateway.cache.store import Store
from gateway.edge.access_log import FLUSH_SECONDS, AccessLog
from gateway.edge.exchange import Exchange, Exchanges
from gateway.edge.routing import ROUTES, prefix_of
from gateway.edge.tracing import RecordedTrace, UnrecordedTrace
from gateway.edge.traffic import Traffic
from gateway.identity.callers import Caller


def calls_itself(client: str, subject: str) -> Caller:
    none = frozenset[str]()
    return Caller("customer", "k", Claims("i", subject, "j", client, 0, 1, none, none))


def exchange(path: str = "/v1/orders", **fields: Any) -> Exchange:
    scope = {"method": "GET", "path": path, "query_string": b"token=canary"}
    made = Exchange(scope, None, None, UnrecordedTrace(), asyncio.get_running_loop())
    for name, value in fields.items():
        setattr(made, name, value)
    return made


async def test_a_line_is_json_in_the_form_of_the_other_logs() -> None:
    stream = io.BytesIO()
    log = AccessLog(stream)
    caller = calls_itself("shop", "one")
    log.note(exchange(caller=caller, upstream="orders", response_bytes=7), 200, 0.0123)
    assert stream.getvalue() == b""
    log.flush()
    line = json.loads(stream.getvalue())
    assert line["event"] == "request"
    assert line["timestamp"].endswith("Z")
    expected = {"status": 200, "ms": 12.3, "upstream": "orders", "bytes": 7, "subject": "one"}
    assert expected.items() <= line.items()
    assert len(line["trace_id"]) == 32


async def test_no_query_and_no_address_of_a_person_is_in_a_line() -> None:
    stream = io.BytesIO()
    log = AccessLog(stream)
    log.note(exchange("/v1/users/canary@example.com"), 200, 0.1)
    log.flush()
    assert b"canary" not in stream.getvalue()


async def test_no_path_breaks_out_of_its_line() -> None:
    stream = io.BytesIO()
    log = AccessLog(stream)
    evil = '/v1/x","status":200}\n{"a":"\\'
    caller = calls_itself('"', "\n")
    log.note(exchange(evil, caller=caller), 404, 0.1)
    log.flush()
    line = json.loads(stream.getvalue())
    assert (line["path"], line["status"], line["client_id"]) == (evil, 404, '"')


async def test_the_console_is_for_people() -> None:
    stream = io.BytesIO()
    log = AccessLog(stream, console=True)
    log.note(exchange(), 499, 0.1)
    log.flush()
    assert b"GET /v1/orders 499 100.00 ms" in stream.getvalue()


async def test_lines_are_written_when_the_writer_ends() -> None:
    stream = io.BytesIO()
    log = AccessLog(stream)
    writer = asyncio.create_task(log.flush_forever())
    await asyncio.sleep(0)
    log.note(exchange(), 200, 0.1)
    writer.cancel()
    await asyncio.wait([writer])
    assert stream.getvalue().count(b"\n") == 1


class Full(io.BytesIO):
    """A disk without a byte left, for one write."""

    refused = 0

    def write(self, data: Any) -> int:
        if not self.refused:
            self.refused += 1
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


async def test_a_line_that_cannot_be_written_does_not_end_the_writing() -> None:
    stream = Full()
    log = AccessLog(stream)
    writer = asyncio.create_task(log.flush_forever())
    for _ in range(2):
        log.note(exchange(), 200, 0.1)
        await asyncio.sleep(2 * FLUSH_SECONDS)
    assert (stream.refused, stream.getvalue().count(b"\n")) == (1, 1)
    writer.cancel()
    await asyncio.wait([writer])


def test_requests_are_counted_in_cumulative_buckets() -> None:
    traffic = Traffic({}, Cache(Store(1)))
    for seconds in (0.0005, 0.003, 0.003, 60.0):
        traffic.note("orders", "GET", 200, seconds)
    families = {family.name: family for family in traffic.collect()}
    samples = families["gateway_request_seconds"].samples
    buckets = {s.labels["le"]: s.value for s in samples if s.name.endswith("_bucket")}
    assert (buckets["0.001"], buckets["0.005"], buckets["10.0"], buckets["+Inf"]) == (1, 3, 3, 4)
    assert families["gateway_requests"].samples[0].value == 4


def test_each_request_has_a_trace_of_its_own() -> None:
    made = {UnrecordedTrace().traceparent for _ in range(100)}
    assert len(made) == 100
    assert all(len(parent) == 55 and parent.startswith(b"00-") for parent in made)


def test_a_recorded_trace_is_the_one_that_is_passed_on() -> None:
    trace = RecordedTrace("GET", "/v1/orders")
    assert trace.trace_id in trace.traceparent
    trace.end(502)


async def test_the_sweep_ends_what_is_late_once() -> None:
    exchanges = Exchanges()
    late = exchange(deadline=0.0)
    interrupted = []
    late.task = None
    exchanges.active.add(late)
    exchanges.sweep()
    interrupted.append(late.late)
    exchanges.sweep()
    assert interrupted == [True]


def test_every_prefix_of_the_table_is_found_by_its_own_rule() -> None:
    for prefix in ROUTES:
        for path in (prefix, prefix + b"/", prefix + b"/x/y"):
            assert prefix_of(path) == prefix
