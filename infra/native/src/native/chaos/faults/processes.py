"""Processes that die at once, and processes that stand still.

The supervisor starts again what died. A paused process keeps its connections and answers nobody,
which is worse for its callers than one that is gone.
"""

import signal
from dataclasses import dataclass

from native.chaos.ground import Ground


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL to a process and all that is below it: relay, consumers and workers with it."""

    target: str
    dice: int

    async def inject(self, ground: Ground) -> None:
        """Kills it; it is started again at once."""
        ground.signal(self.target, signal.SIGKILL)

    async def heal(self, ground: Ground) -> None:
        """Waits for it, and starts it where the supervisor gave up."""
        await ground.up(self.target)


@dataclass(frozen=True, slots=True)
class Pause:
    """SIGSTOP, and SIGCONT at the end."""

    target: str
    dice: int

    async def inject(self, ground: Ground) -> None:
        """Stops its clock."""
        ground.signal(self.target, signal.SIGSTOP)

    async def heal(self, ground: Ground) -> None:
        """Lets it go on."""
        ground.signal(self.target, signal.SIGCONT)
        await ground.up(self.target)
