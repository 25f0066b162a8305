"""The table of measured figures, for the terminal, for `--json`, and as the README shows it.

`native.bench.command` fills it; the README's table is its `markdown`, copied with the machine.
"""

import os
import platform
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from native.bench.buying import Mails, Orders
from native.bench.reading import Load
from native.bench.starting import Starts

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one run; `starts` is missing where a running shop was measured."""

    machine: str
    starts: Starts | None
    product: Load
    page: Load
    mails: Mails
    orders: Orders
    memory_mib: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """One JSON object."""
        return asdict(self)

    def rows(self) -> list[tuple[str, str]]:
        """What was measured, and how much it was."""
        starts = [] if self.starts is None else _start_rows(self.starts)
        total = sum(self.memory_mib.values())
        return [
            *starts,
            ("memory of all processes (PSS) after the load", f"{total:,.0f} MiB"),
            ("a product by its slug, 32 clients", _load(self.product)),
            ("a page of 20 products, 32 clients", _load(self.page)),
            (
                f"orders settled end to end, 32 clients ({self.orders.orders:,} orders, "
                f"{self.orders.confirmed:,} confirmed)",
                f"{self.orders.settled_per_second:,.0f} a second",
            ),
            (
                f"from 201 to the e-mail, one client ({self.mails.orders} orders)",
                f"median {self.mails.median_ms:.0f} ms, slowest {self.mails.slowest_ms:.0f} ms",
            ),
        ]

    def markdown(self) -> str:
        """Two tables in Markdown: the figures, and the memory of each process."""
        figures = [f"| {what} | {much} |" for what, much in self.rows()]
        memory = [f"| {name} | {mib:.0f} |" for name, mib in self.memory_mib.items()]
        return "\n".join(
            [
                f"Measured on {self.machine}; the load generator shared the cores.",
                "",
                "| what | measured |",
                "|---|---|",
                *figures,
                "",
                "| process | MiB (PSS) |",
                "|---|---|",
                *memory,
            ]
        )


def machine() -> str:
    """The machine in a few words: cores, memory, system and Python."""
    memory = psutil.virtual_memory().total / GIB
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def _start_rows(starts: Starts) -> list[tuple[str, str]]:
    fresh, warm = starts.fresh_clone_seconds, starts.warm_up_seconds
    return [
        ("fresh clone to ready, catalogue imported", f"{fresh:.1f} s"),
        ("warm `./souk up`", f"{warm:.1f} s"),
        ("a second start of the command itself", f"{starts.second_command_seconds:.2f} s"),
    ]


def _load(load: Load) -> str:
    wrong = f", {load.errors} errors" if load.errors else ""
    delays = f"p50 {load.p50_ms:.1f} ms, p99 {load.p99_ms:.1f} ms"
    return f"{load.per_second:,.0f} a second, {delays}{wrong}"
