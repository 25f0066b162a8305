"""Which traces are recorded: decided where one begins, and kept by everybody behind.

`telemetry.py` gives the sampler to OpenTelemetry. Who has reasons of their own to record a trace,
as the gateway has for every order, begins it in the context `RECORDED`.
"""

from collections.abc import Sequence
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState

_WANTED = "souk.recorded"
RECORDED = Context({_WANTED: True})


def by_share(share: float) -> Sampler:
    """Of the traces that begin here this share is recorded, and each that begins in `RECORDED`.

    One that began elsewhere goes on as it was decided there (W3C Trace Context, `sampled`).
    """
    return ParentBased(_Beginning(share))


class _Beginning(Sampler):
    """Judges the first span of a trace."""

    def __init__(self, share: float) -> None:
        self._others = TraceIdRatioBased(share)

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Any = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Says whether the trace is recorded."""
        if parent_context and _WANTED in parent_context:
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)
        known = (parent_context, trace_id, name, kind, attributes, links, trace_state)
        return self._others.should_sample(*known)

    def get_description(self) -> str:
        """Says what it does, as OpenTelemetry wants of a sampler."""
        return f"Wanted or {self._others.get_description()}"
