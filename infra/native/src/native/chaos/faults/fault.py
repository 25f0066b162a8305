"""What a fault is to the run that plays it: something done to a target, and undone again."""

from typing import Protocol

from native.chaos.ground import Ground


class Fault(Protocol):
    """One fault at one target. `heal` may be called once, after `inject`."""

    async def inject(self, ground: Ground) -> None:
        """Does it."""

    async def heal(self, ground: Ground) -> None:
        """Undoes it, and waits until its target works again."""
