"""Links that are slow, silent, reset or torn, between a client and a server of the stack."""

from dataclasses import dataclass
from typing import ClassVar

from native.chaos.ground import Ground
from native.chaos.links import Weather


@dataclass(frozen=True, slots=True)
class _Troubled:
    target: str
    dice: int
    weather: ClassVar[Weather]

    async def inject(self, ground: Ground) -> None:
        """Troubles the link for what passes now and what comes."""
        ground.links[self.target].turn(self.weather)

    async def heal(self, ground: Ground) -> None:
        """Lets everything pass again."""
        ground.links[self.target].turn(Weather.CALM)


class Slow(_Troubled):
    """Each piece of data comes late."""

    weather = Weather.SLOW


class Cut(_Troubled):
    """Nothing passes and nothing is refused: what a lost route looks like."""

    weather = Weather.CUT


class Reset(_Troubled):
    """Every connection ends with RST, and so does every new one."""

    weather = Weather.RESET


class Torn(_Troubled):
    """Data comes in slices of a few bytes, torn at any place."""

    weather = Weather.TORN
