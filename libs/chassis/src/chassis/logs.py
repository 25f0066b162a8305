"""Structured logs: one JSON object a line on standard output, with trace and request ids.

Every module takes its logger from `get_logger`; the process configures the output once. Lines of
libraries that use the standard library's logging come out in the same form.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import structlog
from opentelemetry import trace
from structlog.types import EventDict, Processor, WrappedLogger

from chassis.context import known_conversation
from chassis.log_level import Level, for_libraries
from chassis.redaction import redact

Taker = Callable[[Mapping[str, Any]], None]


def get_logger(name: str) -> Any:
    """Returns a structlog logger; `name` is the module's."""
    return structlog.get_logger(module=name)


def configure_logs(
    service: str,
    *,
    level: Level | str = "info",
    form: str = "json",
    also: Taker | None = None,
) -> None:
    """Sets up structlog and the standard library's logging; `form` is json or console.

    `also` gets each redacted event besides. A `Level` can be changed later, a name cannot.
    """
    made = Level(level) if isinstance(level, str) else level
    shared = _shared(service)
    rendered: Processor = _to_json if form == "json" else structlog.dev.ConsoleRenderer()
    output = [_handing_to(also), rendered] if also is not None else [rendered]
    structlog.configure(
        processors=[*shared, *output],
        wrapper_class=made.logger_class,
        logger_factory=_factory(form),
        cache_logger_on_first_use=True,
    )
    _configure_standard_logging(shared, output, for_libraries(made.now))


def add_ids(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Adds the request under way and the place in its trace."""
    if (current := known_conversation()) is not None:
        event.setdefault("request_id", current.correlation_id)
        if current.causation_id is not None:
            event.setdefault("causation_id", current.causation_id)
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event.setdefault("trace_id", f"{span.trace_id:032x}")
        event.setdefault("span_id", f"{span.span_id:016x}")
    return event


def hide_private_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces personal data and secrets."""
    return redact(event)


def _shared(service: str) -> list[Processor]:
    return [
        _service(service),
        add_ids,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        hide_private_fields,
    ]


def _service(service: str) -> Processor:
    def add_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add_service


def _handing_to(also: Taker) -> Processor:
    def hand_over(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        also(event)
        return event

    return hand_over


def _to_json(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def _factory(form: str) -> Any:
    """JSON lines are bytes already; the console's are text."""
    if form == "json":
        return structlog.BytesLoggerFactory(sys.stdout.buffer)
    return structlog.PrintLoggerFactory(sys.stdout)


def _configure_standard_logging(
    shared: list[Processor], output: list[Processor], level: int
) -> None:
    """Lines of libraries go the same way."""

    def as_text(_logger: WrappedLogger, _method: str, line: Any) -> str:
        return line.decode() if isinstance(line, bytes) else str(line)

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *output,
                as_text,
            ],
        )
    )
    handler.addFilter(_not_reported_before)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def _not_reported_before(record: logging.LogRecord) -> bool:
    """uvicorn repeats an error of the application that the edge has written with its ids."""
    return not (record.name == "uvicorn.error" and "in ASGI application" in record.getMessage())


if not structlog.is_configured():
    # structlog's own default shows the variables of every frame, which is slow and shows secrets.
    structlog.configure(
        processors=[*_shared("unnamed"), structlog.dev.ConsoleRenderer(colors=False)]
    )
