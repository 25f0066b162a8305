"""A service whose clock is five minutes ahead, or behind: its tokens may be refused with 401.

`clock_off/sitecustomize.py` does it to the one process, which is therefore started anew.
"""

from dataclasses import dataclass

from native.chaos.ground import Ground

MINUTES = 5


@dataclass(frozen=True, slots=True)
class ClockOff:
    """The dice decide the direction."""

    target: str
    dice: int

    async def inject(self, ground: Ground) -> None:
        """Starts the process with another time."""
        seconds = 60 * MINUTES * (1 if self.dice % 2 else -1)
        file = ground.clock_file(self.target)
        file.parent.mkdir(exist_ok=True)
        file.write_text(str(seconds))
        await self._anew(ground)

    async def heal(self, ground: Ground) -> None:
        """Starts it with the right time."""
        ground.clock_file(self.target).unlink(missing_ok=True)
        await self._anew(ground)

    async def _anew(self, ground: Ground) -> None:
        await ground.stop(self.target)
        await ground.up(self.target)
