"""Packs the lines of an order into parcels, by first fit with the heaviest goods first.

First-fit decreasing needs at most 11/9 of the fewest parcels possible, and 6/9 of one more
(Dósa 2007); finding the fewest is NP-hard. Equal parcels are counted, not listed, so that a line
of 10,000 units costs as much as a line of one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

# What one person may be asked to lift, and what the usual carriers take as one parcel.
MAX_PARCEL_GRAMS = 20_000
# What one unit weighs where the catalogue does not say.
USUAL_WEIGHT_GRAMS = 250


@dataclass(frozen=True, slots=True)
class Goods:
    """So many units of one SKU; `weight_grams` is that of one."""

    sku: str
    quantity: int
    weight_grams: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """`count` equal parcels, each with these quantities by SKU and of this weight."""

    count: int
    weight_grams: int
    contents: tuple[tuple[str, int], ...]

    def _with(self, goods: Goods, units: int, count: int) -> "Parcel":
        weight = self.weight_grams + units * goods.weight_grams
        return Parcel(count, weight, (*self.contents, (goods.sku, units)))


def pack(goods: Iterable[Goods]) -> tuple[Parcel, ...]:
    """Returns the parcels, in the order in which they were begun.

    Takes O(n * p) for n lines and p kinds of parcels, p <= 2n. A unit that is heavier than
    MAX_PARCEL_GRAMS, which the catalogue does not have, goes as a parcel of its own.
    """
    parcels: list[Parcel] = []
    for line in sorted(goods, key=lambda line: (-line.weight_grams, line.sku)):
        left = _fill(parcels, line)
        parcels += _begin(replace(line, quantity=left))
    return tuple(parcels)


def _fill(parcels: list[Parcel], line: Goods) -> int:
    """Puts units into parcels that have room, the first ones first; returns what is left."""
    heaviest, left = MAX_PARCEL_GRAMS - line.weight_grams, line.quantity
    fitting = [n for n, parcel in enumerate(parcels) if parcel.weight_grams <= heaviest]
    for position in fitting:
        parcel = parcels[position]
        room = (MAX_PARCEL_GRAMS - parcel.weight_grams) // line.weight_grams
        whole, untouched = _shared_out(parcel, line, room, left)
        left -= sum(part.contents[-1][1] * part.count for part in whole)
        parts = [part for part in (*whole, untouched) if part.count]
        # More than one part means that nothing is left, so that no later position has moved.
        parcels[position : position + 1] = parts
        if not left:
            break
    return left


def _shared_out(
    parcel: Parcel, line: Goods, room: int, left: int
) -> tuple[tuple[Parcel, Parcel], Parcel]:
    """Splits equal parcels into full ones, one that takes the rest, and untouched ones."""
    full = min(parcel.count, left // room)
    rest = left - full * room if full < parcel.count else 0
    partly = 1 if rest else 0
    untouched = replace(parcel, count=parcel.count - full - partly)
    return (parcel._with(line, room, full), parcel._with(line, rest, partly)), untouched


def _begin(line: Goods) -> list[Parcel]:
    """Returns new parcels for what did not fit into any."""
    each = max(MAX_PARCEL_GRAMS // line.weight_grams, 1)
    full, rest = divmod(line.quantity, each)
    empty = Parcel(0, 0, ())
    begun = [empty._with(line, each, full), empty._with(line, rest, 1 if rest else 0)]
    return [parcel for parcel in begun if parcel.count]
