"""What `./souk --compose chaos` does to containers: kill, pause, and cut off from their network.

The catalogue is native's table in another ground's words; messages that come again and poison are
native's own faults, since they only need the broker.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from native.chaos.catalogue import AT_ONCE, CONSUMING, POISONED, TOPICS, Entry
from native.chaos.faults.deliveries import SentAgain, SetBack
from native.chaos.faults.poison import Broken, Junk
from native.chaos.ground import Ground
from native.chaos.schedule import Kind
from native.compose.containers import ENGINES
from native.compose.ground import Yard
from native.options import SERVICES

PROCESSES = (*SERVICES, "gateway")
# Not the gateway: it keeps its clients' time, which it cannot while it is paused or has no network.
BEHIND = (*SERVICES, *ENGINES, "mailbox")


@dataclass(frozen=True, slots=True)
class _Done:
    target: str
    dice: int

    async def heal(self, ground: Ground) -> None:
        """Undo it, whatever it was, and wait until the container takes requests."""
        await ground.up(self.target)


class Killed(_Done):
    """SIGKILL to all that is in the container; it stays away until it is healed."""

    async def inject(self, ground: Ground) -> None:
        """Kill it."""
        await _yard(ground).docker("kill", self.target)


class Paused(_Done):
    """The kernel gives the container no time: connections stay, and nobody answers."""

    async def inject(self, ground: Ground) -> None:
        """Stop its clock."""
        await _yard(ground).docker("pause", self.target)


class CutOff(_Done):
    """The container loses its network: its name is unknown, and what it sends goes nowhere."""

    async def inject(self, ground: Ground) -> None:
        """Pull the plug."""
        await _yard(ground).disconnect(self.target)


def _yard(ground: Ground) -> Yard:
    if not isinstance(ground, Yard):
        raise TypeError("these faults are for containers")
    return ground


CATALOGUE: Mapping[str, Entry] = {
    "kill-service": Entry(Killed, PROCESSES, (1, 3)),
    "kill-postgres": Entry(Killed, ("postgres",), (1, 3)),
    "kill-redis": Entry(Killed, ("redis",), (1, 3)),
    "kill-kafka": Entry(Killed, ("kafka",), (2, 4)),
    "kill-mongo": Entry(Killed, ("mongo",), (1, 3)),
    "pause-service": Entry(Paused, SERVICES, (2, 5)),
    "pause-engine": Entry(Paused, ENGINES, (2, 5)),
    "cut-network": Entry(CutOff, BEHIND, (3, 8)),
    "sent-again": Entry(SentAgain, TOPICS, AT_ONCE),
    "set-back": Entry(SetBack, CONSUMING, AT_ONCE),
    "poison-junk": Entry(Junk, POISONED, AT_ONCE),
    "poison-broken": Entry(Broken, POISONED, AT_ONCE),
}


def kinds() -> list[Kind]:
    """All that can be done to containers."""
    return [Kind(name, entry.targets, entry.seconds) for name, entry in CATALOGUE.items()]
