"""What the bench of orders found, as ratios against the references of the same run.

Ratios carry over to other machines, absolute figures do not. Filled by `command.py`.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from native.bench.orders.broker import Broker
from native.bench.orders.commits import Delays
from native.bench.orders.crowd import Outcome
from native.bench.orders.relaying import Relaying

# What an order shop may say under too much load besides yes (RFC 6585, RFC 9110).
HONEST = frozenset({201, 429, 503})


@dataclass(frozen=True, slots=True)
class Offered:
    """An open loop: orders placed a second, their p99, and the answers by status."""

    per_second: float
    p99_ms: float
    statuses: dict[int, int]

    @classmethod
    def of(cls, outcome: Outcome) -> "Offered":
        """Returns what is kept of an outcome."""
        return cls(outcome.per_second, outcome.delay_ms(0.99), dict(Counter(outcome.statuses)))

    @property
    def dishonest(self) -> int:
        """How many answers were neither 201 nor an honest refusal; 0 is a client that was cut."""
        return sum(many for status, many in self.statuses.items() if status not in HONEST)


@dataclass(frozen=True, slots=True)
class OrdersReport:
    """All figures of one run."""

    machine: str
    confirmed_per_second: float
    pgbench_per_second: float
    accepted_per_second: float
    through_gateway_per_second: float
    accepted_beside_sagas_per_second: float
    alone_p50_ms: float
    alone_p99_ms: float
    steady: Delays
    broker: Broker
    relaying: Relaying
    calm: Offered
    calm_delays: Delays
    flood: Offered
    violations: int

    def ratios(self) -> dict[str, float]:
        """What the goals are stated in."""
        return {
            "accepted at the service / pgbench": self.accepted_per_second / self.pgbench_per_second,
            "accepted through the gateway / pgbench": self.through_gateway_per_second
            / self.pgbench_per_second,
            "saga p50 / Kafka round trip": self.steady.saga_p50_ms / self.broker.round_trip_ms,
            "backlog relayed / aiokafka sending": self.relaying.backlog_per_second
            / self.broker.sends_per_second,
            "goodput at three times the load / peak": self.flood.per_second
            / self.confirmed_per_second,
            "p99 at three times the load / at 70 %": self.flood.p99_ms / self.calm.p99_ms
            if self.calm.p99_ms
            else 0.0,
        }

    def as_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {**asdict(self), "ratios": self.ratios()}

    def rows(self) -> list[tuple[str, str]]:
        """What was measured, and how much it was."""
        relayed = self.relaying
        return [
            ("whole checkouts confirmed, 32 clients", f"{self.confirmed_per_second:,.0f} a second"),
            ("pgbench, the same writes, 16 clients", f"{self.pgbench_per_second:,.0f} a second"),
            ("orders accepted at the service", f"{self.accepted_per_second:,.0f} a second"),
            (
                "orders accepted through the gateway",
                f"{self.through_gateway_per_second:,.0f} a second",
            ),
            (
                "orders accepted at the service while their sagas run",
                f"{self.accepted_beside_sagas_per_second:,.0f} a second",
            ),
            (
                "one client, whole checkout to confirmed",
                f"p50 {self.alone_p50_ms:.0f} ms, p99 {self.alone_p99_ms:.0f} ms",
            ),
            *_delays("at 200 a second", self.steady),
            *_delays("at 70 % of the peak", self.calm_delays),
            ("a bare round trip through Kafka", f"{self.broker.round_trip_ms:.2f} ms"),
            ("the relay on a backlog", f"{relayed.backlog_per_second:,.0f} a second"),
            ("aiokafka sending", f"{self.broker.sends_per_second:,.0f} a second"),
            (
                f"the relay's lag at {relayed.stream_per_second:,.0f} rows a second",
                f"p50 {relayed.lag_p50_ms:.1f} ms, p99 {relayed.lag_p99_ms:.1f} ms",
            ),
            ("offered 70 % of the peak", _offered(self.calm)),
            ("offered three times the peak", _offered(self.flood)),
            ("violations that `./souk verify` finds afterwards", str(self.violations)),
        ]

    def markdown(self) -> str:
        """Two tables in Markdown."""
        lines = [
            f"Measured on {self.machine}; the load generator shared the cores.",
            "",
            "| what | measured |",
            "|---|---|",
            *(f"| {what} | {much} |" for what, much in self.rows()),
            "",
            "| ratio | |",
            "|---|---|",
            *(f"| {name} | {value:.2f} |" for name, value in self.ratios().items()),
        ]
        return "\n".join(lines)


def _delays(when: str, delays: Delays) -> list[tuple[str, str]]:
    return [
        (
            f"commit to commit in another service, {when} ({delays.orders:,} orders)",
            f"p50 {delays.effect_p50_ms:.1f} ms, p99 {delays.effect_p99_ms:.1f} ms",
        ),
        (
            f"commit to confirmed, {when}",
            f"p50 {delays.saga_p50_ms:.1f} ms, p99 {delays.saga_p99_ms:.1f} ms",
        ),
    ]


def _offered(offered: Offered) -> str:
    answers = ", ".join(f"{many:,} × {status}" for status, many in sorted(offered.statuses.items()))
    wrong = (
        f"; {offered.dishonest:,} neither placed nor honestly refused" if offered.dishonest else ""
    )
    delay = f"p99 {offered.p99_ms:.0f} ms"
    return f"{offered.per_second:,.0f} placed a second, {delay} ({answers}){wrong}"
