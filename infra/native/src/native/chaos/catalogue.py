"""The table of what `./souk chaos` does to a shop: each kind of fault, its targets, its length.

`stage.py` reads it; `schedule.py` deals from it. To add a kind, write its class in `faults/` and
name it here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from native.chaos.faults.clock import ClockOff
from native.chaos.faults.deliveries import SentAgain, SetBack
from native.chaos.faults.disk import FullVolume, NoLongerFiles
from native.chaos.faults.fault import Fault
from native.chaos.faults.links import Cut, Reset, Slow, Torn
from native.chaos.faults.poison import HANDLED, Broken, Junk
from native.chaos.faults.processes import Kill, Pause
from native.chaos.schedule import Kind
from native.options import SERVICES

ENGINES = ("postgres", "valkey", "kafka", "documents")
PROCESSES = (*SERVICES, "gateway")
EVENT_TOPICS = ("catalog.events", "inventory.events", "orders.events", "payments.events")
TOPICS = (*EVENT_TOPICS, "inventory.commands", "payments.commands")
POISONED = tuple(HANDLED)
CONSUMING = ("catalog", "inventory", "orders", "payments", "notifications")

# Whom each client talks to; `*` is every client at once, since a broker has one address for all.
WAYS: Mapping[str, Sequence[str]] = {
    "gateway": (*SERVICES, "valkey"),
    "auth": ("postgres", "valkey", "smtp"),
    "catalog": ("documents", "valkey", "auth"),
    "inventory": ("postgres", "valkey", "auth"),
    "orders": ("postgres", "valkey", "auth"),
    "payments": ("postgres", "valkey", "auth"),
    "notifications": ("postgres", "valkey", "auth", "smtp"),
    "*": ("kafka",),
}
LINKS = tuple(f"{client}>{server}" for client, servers in WAYS.items() for server in servers)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table."""

    make: Callable[[str, int], Fault]
    targets: Sequence[str]
    seconds: tuple[float, float]
    needs_volume: bool = False


AT_ONCE = (0.1, 0.2)
CATALOGUE: Mapping[str, Entry] = {
    "kill-service": Entry(Kill, PROCESSES, (1, 3)),
    "kill-postgres": Entry(Kill, ("postgres",), (1, 3)),
    "kill-valkey": Entry(Kill, ("valkey",), (1, 3)),
    "kill-kafka": Entry(Kill, ("kafka",), (3, 6)),
    "kill-documents": Entry(Kill, ("documents",), (2, 4)),
    "pause-service": Entry(Pause, PROCESSES, (2, 8)),
    "pause-engine": Entry(Pause, ENGINES, (2, 8)),
    "slow-link": Entry(Slow, LINKS, (4, 10)),
    "cut-link": Entry(Cut, LINKS, (3, 12)),
    "reset-link": Entry(Reset, LINKS, (1, 5)),
    "torn-link": Entry(Torn, LINKS, (4, 10)),
    "sent-again": Entry(SentAgain, TOPICS, AT_ONCE),
    "set-back": Entry(SetBack, CONSUMING, AT_ONCE),
    "poison-junk": Entry(Junk, POISONED, AT_ONCE),
    "poison-broken": Entry(Broken, POISONED, AT_ONCE),
    "clock-off": Entry(ClockOff, PROCESSES, (4, 10)),
    "full-files": Entry(NoLongerFiles, ("valkey",), (2, 6)),
    "full-volume": Entry(FullVolume, ("postgres",), (2, 6), needs_volume=True),
}


def kinds(*, volume: bool) -> list[Kind]:
    """What can be done here: all of it, or all that needs no volume of its own."""
    return [
        Kind(name, entry.targets, entry.seconds)
        for name, entry in CATALOGUE.items()
        if volume or not entry.needs_volume
    ]
