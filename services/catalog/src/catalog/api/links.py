"""A link as HAL has it, which every body of the catalogue uses."""

from pydantic import BaseModel


class Link(BaseModel):
    """A HAL link; `templated` ones hold {placeholders} (RFC 6570)."""

    href: str
    templated: bool | None = None
