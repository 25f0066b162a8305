"""Reports of errors that nobody expected, to Sentry, where a DSN is set.

A refusal that the table of problems knows is no error of ours, and an engine that is away is what
alerts are for; so the callers are the table's last row, the process and whatever gives up a
message. No report holds a variable, a body, a header or an address.
"""

import sys
from collections.abc import Mapping
from typing import Any

from opentelemetry import trace

from chassis.redaction import redact, redact_text
from chassis.settings import ServiceSettings

# The event's parts in which a library or a caller may have written free text.
_TEXTS = ("message", "transaction", "logentry")
_FIELDS = ("tags", "extra", "contexts")
_trace_url: str | None = None


def configure_reports(service: str, settings: ServiceSettings) -> None:
    """Starts the reports; does nothing without a DSN."""
    global _trace_url
    if not settings.sentry_dsn:
        return
    # Imported only where it is used: it is the slowest import of them all.
    import sentry_sdk

    _trace_url = settings.trace_url
    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        release=f"souk@{settings.release}",
        environment=settings.environment,
        server_name=service,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        send_default_pii=False,
        max_request_body_size="never",
        before_send=without_private_text,
    )
    sentry_sdk.set_tag("service", service)


def report_error(
    error: BaseException,
    *,
    problem: str = "internal-error",
    user: str | None = None,
    **tags: str,
) -> None:
    """Sends an error; `problem` is its type in our table, `user` the id of who was served.

    Errors are one issue when problem, class and route or part are the same, wherever they were
    raised: a bug in a helper is not a bug of each of its callers' lines.
    """
    if "sentry_sdk" not in sys.modules:
        return
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        where = next(
            (tags[name] for name in ("route", "component", "consumer") if name in tags), ""
        )
        scope.fingerprint = [problem, type(error).__qualname__, where]
        scope.set_tag("problem", problem)
        if user is not None:
            scope.set_user({"id": user})
        for name, value in tags.items():
            scope.set_tag(name, value)
        _link_trace(scope)
        sentry_sdk.capture_exception(error)


def flush_reports() -> None:
    """Sends what is still here, for a second at most."""
    if "sentry_sdk" in sys.modules:
        sys.modules["sentry_sdk"].flush(timeout=1.0)


def _link_trace(scope: Any) -> None:
    """Sentry and the collector know the request by the same ids."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return
    trace_id = f"{span.trace_id:032x}"
    scope.set_tag("trace_id", trace_id)
    scope.set_context("trace", {"trace_id": trace_id, "span_id": f"{span.span_id:016x}"})
    if _trace_url is not None:
        scope.set_extra("trace_link", _trace_url.replace("{trace_id}", trace_id))


def without_private_text(event: Any, _hint: Mapping[str, Any]) -> Any:
    """Redacts an event on its way out, as `redaction.py` does every line of the log."""
    for exception in event.get("exception", {}).get("values", ()):
        exception["value"] = redact_text(str(exception.get("value", "")))
    for name in _TEXTS:
        if isinstance(event.get(name), str):
            event[name] = redact_text(event[name])
    for name in _FIELDS:
        if isinstance(event.get(name), Mapping):
            event[name] = redact(event[name])
    return event
