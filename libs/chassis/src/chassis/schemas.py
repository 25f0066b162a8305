"""Base types of request and response bodies: strict, closed, and money in minor units.

Every service's `api/schemas.py` builds on these, so that a field nobody declared is an error
and not a silence, and 1.5, true or "1" are never taken for a quantity.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
)
from pydantic_core import CoreSchema

_STRICT = frozenset({"int", "float", "bool"})

# JSON numbers that every client reads alike end here (RFC 8259, section 6).
MAX_AMOUNT = 2**53 - 1

# RFC 3339 section 5.6.
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _rfc_3339(value: object) -> object:
    """Pydantic would take a number for seconds since 1970, and a date for its midnight."""
    if isinstance(value, datetime) or (isinstance(value, str) and _TIMESTAMP.fullmatch(value)):
        return value
    raise ValueError("must be a time as in RFC 3339, such as 2026-01-02T03:04:05Z")


def _within_the_calendar(moment: datetime) -> datetime:
    """Year 1 begins earlier in the east, and neither a table nor a log could hold that in UTC."""
    try:
        moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must be a time of the years 1 to 9999 in UTC") from error
    return moment


Timestamp = Annotated[
    AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_within_the_calendar)
]


def _strictly(node: Any, owner: type[BaseModel]) -> Any:
    """Returns the schema with strict numbers, leaving models inside it to themselves."""
    if isinstance(node, list):
        return [_strictly(item, owner) for item in node]
    if isinstance(node, tuple):
        return tuple(_strictly(item, owner) for item in node)
    if not isinstance(node, dict):
        return node
    if node.get("type") == "model" and node.get("cls") is not owner:
        return node
    strict = {name: _strictly(value, owner) for name, value in node.items()}
    if strict.get("type") in _STRICT:
        strict["strict"] = True
    if strict.get("type") == "int":
        _bound(strict)
    return strict


def _bound(node: dict[str, Any]) -> None:
    """An integer without limits of its own fits what JSON, and a bigint, can hold."""
    if "ge" not in node and "gt" not in node:
        node["ge"] = -MAX_AMOUNT
    if "le" not in node and "lt" not in node:
        node["le"] = MAX_AMOUNT


class StrictModel(BaseModel):
    """A body with no unknown fields and no coerced numbers or booleans.

    Pydantic's own strict mode also refuses UUIDs and dates written as JSON strings, so only the
    numbers and booleans of the model are made strict.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        strict: CoreSchema = _strictly(handler(source), cls)
        return strict


class Money(StrictModel):
    """An amount in minor units (pence, cents) of an ISO 4217 currency."""

    amount: Annotated[int, Field(examples=[255])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["GBP"])]


def pii(**extra: Any) -> Any:
    """Marks a field as personal data, `x-pii` in the schema; it is never written to a log.

    Used as `email: Annotated[str, pii(examples=["ann@shop.example"])]`; `extra` goes into the
    JSON Schema too.
    """
    return Field(json_schema_extra={"x-pii": True, **extra})
