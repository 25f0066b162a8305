"""What the answers of this service have in common: money, and links in the manner of HAL.

`_links` offers only what the state and the caller allow: a client that follows links is never
refused for the wrong reason.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field

from chassis.schemas import Money, StrictModel
from orders.domain.money import Money as Amount


class Link(StrictModel):
    """Where something is, relative to the origin."""

    href: str


class Linked(StrictModel):
    """A body with links; in Python they are `links`, in JSON `_links`."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    links: Annotated[dict[str, Link], Field(alias="_links")]


def links_to(places: Mapping[str, str]) -> dict[str, Link]:
    """Returns links by their relations."""
    return {relation: Link(href=href) for relation, href in places.items()}


def money_out(amount: Amount) -> Money:
    """Returns an amount as JSON shows it."""
    return Money(amount=amount.amount, currency=amount.currency)
