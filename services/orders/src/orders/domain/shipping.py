"""What delivery costs: by method, zone of the country, and weight band of each parcel.

A cart names the method; quote.py asks the tariff, which comes from a data file.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orders.domain.packing import MAX_PARCEL_GRAMS, Parcel

# Where a cart is taken to go until its owner says otherwise: the shop's own country.
HOME = "GB"


class DeliveryMethod(StrEnum):
    """How the goods travel. `free` costs nothing anywhere, and promises no day."""

    FREE = "free"
    STANDARD = "standard"
    EXPRESS = "express"


@dataclass(frozen=True, slots=True)
class Band:
    """The price of one parcel of up to so many grams, in minor units."""

    up_to_grams: int
    amount: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """The price list. Countries that no zone names are in the zone `elsewhere`.

    `bands` has the bands of each paid method and zone, the lightest first. Raises ValueError
    when a zone lacks a method, or a band the heaviest parcel.
    """

    currency: str
    zone_of: Mapping[str, str]
    elsewhere: str
    bands: Mapping[tuple[DeliveryMethod, str], Sequence[Band]]

    def __post_init__(self) -> None:
        for zone in {*self.zone_of.values(), self.elsewhere}:
            for method in (DeliveryMethod.STANDARD, DeliveryMethod.EXPRESS):
                weights = [band.up_to_grams for band in self.bands.get((method, zone), ())]
                if weights != sorted(weights) or weights[-1:] != [MAX_PARCEL_GRAMS]:
                    raise ValueError(f"{method} to {zone} does not price every parcel")

    def charge(self, method: DeliveryMethod, country: str, parcels: Iterable[Parcel]) -> int:
        """Returns what the parcels cost together in minor units, before any promotion.

        It contains the tax where the shop's prices do.
        """
        if method is DeliveryMethod.FREE:
            return 0
        bands = self.bands[method, self.zone_of.get(country, self.elsewhere)]
        return sum(parcel.count * _price(bands, parcel.weight_grams) for parcel in parcels)


def _price(bands: Sequence[Band], weight: int) -> int:
    position = bisect_left(bands, weight, key=lambda band: band.up_to_grams)
    return bands[min(position, len(bands) - 1)].amount
