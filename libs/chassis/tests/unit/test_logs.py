"""A log line is one JSON object that says where it belongs, and hides what is private."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from chassis.context import conversation
from chassis.logs import configure_logs, get_logger
from chassis.telemetry import configure_telemetry, tracer


class Output:
    """What was written to standard output."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._capture.readouterr().out.splitlines()]

    def text(self) -> str:
        """As a person reads it, without the colours."""
        return re.sub(r"\x1b\[[\d;]*m", "", self._capture.readouterr().out.decode())


@pytest.fixture
def output(capsysbinary: pytest.CaptureFixture[bytes]) -> Iterator[Output]:
    root = logging.getLogger()
    handlers, level, config = root.handlers[:], root.level, structlog.get_config()
    yield Output(capsysbinary)
    structlog.configure(**config)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_names_service_request_and_trace(output: Output) -> None:
    configure_telemetry("sample")
    configure_logs("sample")
    with conversation("request-1", "cause-1"), tracer().start_as_current_span("work") as span:
        get_logger("a.module").info("happened", number=1)
    [line] = output.lines()
    assert line["event"] == "happened"
    assert line["number"] == 1
    assert line["module"] == "a.module"
    assert line["service"] == "sample"
    assert line["level"] == "info"
    assert line["request_id"] == "request-1"
    assert line["causation_id"] == "cause-1"
    assert line["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert line["timestamp"].endswith("Z")


def test_an_error_is_written_with_its_traceback_and_without_addresses(output: Output) -> None:
    configure_logs("sample")
    try:
        raise ValueError("no such user ann@shop.example")
    except ValueError as error:
        get_logger("m").error("failed", exc_info=error, password="x")
    [line] = output.lines()
    assert "ValueError: no such user [redacted]" in line["exception"]
    assert line["password"] == "[redacted]"


def test_lines_of_libraries_have_the_same_form(output: Output) -> None:
    configure_logs("sample")
    logging.getLogger("some.library").warning("lost %s", "ann@shop.example")
    logging.getLogger("some.library").info("chatter")
    [line] = output.lines()
    assert line["event"] == "lost [redacted]"
    assert line["logger"] == "some.library"
    assert line["service"] == "sample"


def test_an_error_of_the_application_is_not_written_twice(output: Output) -> None:
    configure_logs("sample")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n")
    logging.getLogger("uvicorn.error").error("Something else")
    assert [line["event"] for line in output.lines()] == ["Something else"]


def test_less_than_the_level_is_not_written(output: Output) -> None:
    configure_logs("sample", level="warning")
    get_logger("m").info("chatter")
    get_logger("m").warning("heard")
    assert [line["event"] for line in output.lines()] == ["heard"]


def test_values_of_any_kind_can_be_written(output: Output) -> None:
    configure_logs("sample")
    get_logger("m").info("odd", thing=object, items={1: {2}})
    [line] = output.lines()
    assert line["items"] == {"1": [2]}


def test_for_people_an_event_is_a_line_of_words_and_as_private(output: Output) -> None:
    configure_logs("sample", form="console")
    with conversation("request-1"):
        get_logger("a.module").warning("happened", number=1, password="swordfish")
    [line] = output.text().splitlines()
    assert re.search(r"warning.*happened.*number=.*1", line)
    assert "request_id=request-1" in line
    assert not line.startswith("{")
    assert "swordfish" not in line
