"""What the bench of the edge found: medians of the rounds, and how they compare.

Ratios carry over to other machines, absolute figures do not. Filled by `command.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from native.bench.edge.wrk import Round

DIRECT = "the service itself"
UVICORN = "uvicorn answering by itself"
NGINX = "nginx, forwarding and limit_req"
HAPROXY = "HAProxy, RS256 check and stick table"
GATEWAY = "gateway, token check and shared exact limit"
NEW_TOKENS = "gateway, every token new"
CACHED = "gateway, from its cache"


@dataclass(frozen=True, slots=True)
class Row:
    """Medians with many clients, and the median delay of one."""

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    failed: int
    one_client_p50_ms: float | None


@dataclass(frozen=True, slots=True)
class EdgeReport:
    """All rows of one run; `absent` names what is not installed here."""

    machine: str
    clients: int
    rounds: int
    rows: dict[str, Row]
    absent: list[str]

    def ratios(self) -> dict[str, float]:
        """Goal 6: requests a second against HAProxy's, and milliseconds added with one client."""
        rows, found = self.rows, {}
        if HAPROXY in rows:
            rival = rows[HAPROXY].per_second
            found["gateway / haproxy"] = rows[GATEWAY].per_second / rival
            found["gateway with new tokens / haproxy"] = rows[NEW_TOKENS].per_second / rival
            found["haproxy cpu / gateway cpu"] = rows[HAPROXY].cpu_us / rows[GATEWAY].cpu_us
        if NGINX in rows:
            found["gateway / nginx"] = rows[GATEWAY].per_second / rows[NGINX].per_second
        found["gateway / service"] = rows[GATEWAY].per_second / rows[DIRECT].per_second
        direct, through = rows[DIRECT].one_client_p50_ms, rows[GATEWAY].one_client_p50_ms
        if direct is not None and through is not None:
            found["added ms, one client"] = through - direct
        return found

    def as_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {**asdict(self), "ratios": self.ratios()}

    def markdown(self) -> str:
        """Two tables in Markdown."""
        lines = [
            f"Measured on {self.machine}, with wrk on the same cores: {self.clients} connections, "
            f"medians of {self.rounds} rounds.",
            "",
            "| | requests/s | p50 ms | p99 ms | CPU µs a request | one client: p50 ms |",
            "|---|---|---|---|---|---|",
            *(_line(name, row) for name, row in self.rows.items()),
            *(f"| {name} | not installed here | | | | |" for name in self.absent),
            "",
            "| ratio | |",
            "|---|---|",
            *(f"| {name} | {value:.2f} |" for name, value in self.ratios().items()),
        ]
        return "\n".join(lines)


def medians(many: Sequence[Round], one: Sequence[Round]) -> Row:
    """The middle of each figure over the rounds; failures are added up."""
    return Row(
        per_second=median(each.per_second for each in many),
        p50_ms=median(each.p50_ms for each in many),
        p99_ms=median(each.p99_ms for each in many),
        cpu_us=median(each.cpu_us for each in many),
        failed=sum(each.failed for each in (*many, *one)),
        one_client_p50_ms=median(each.p50_ms for each in one) if one else None,
    )


def rows(many: Mapping[str, Sequence[Round]], one: Mapping[str, Sequence[Round]]) -> dict[str, Row]:
    """A row for everything that was measured."""
    return {name: medians(found, one.get(name, ())) for name, found in many.items()}


def _line(name: str, row: Row) -> str:
    single = "" if row.one_client_p50_ms is None else f"{row.one_client_p50_ms:.3f}"
    wrong = f" ({row.failed} failed)" if row.failed else ""
    return (
        f"| {name}{wrong} | {row.per_second:,.0f} | {row.p50_ms:.2f} | {row.p99_ms:.2f} "
        f"| {row.cpu_us:.0f} | {single} |"
    )
