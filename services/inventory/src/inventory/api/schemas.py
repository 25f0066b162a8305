"""Bodies of inventory's API, as OpenAPI shows them.

Requests are strict: unknown fields, fractions and numbers out of range are refused. What is
sent and answered has an example, so that Swagger's Try it out works as it is prefilled.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chassis.schemas import StrictModel
from inventory.api import examples
from inventory.domain.stock import MovementKind

SKU_PATTERN = r"^[0-9]{5}[A-Z]{0,20}$"
MAX_UNITS = 10_000_000
MAX_LINES = 500

Sku = Annotated[str, Field(pattern=SKU_PATTERN, examples=["85123A"])]
Links = dict[str, dict[str, str]]


class AdjustmentLineBody(StrictModel):
    """The change of one SKU's available stock, in units: more or less, never nothing."""

    sku: Sku
    delta: Annotated[int, Field(ge=-MAX_UNITS, le=MAX_UNITS)]

    @field_validator("delta")
    @classmethod
    def _refuse_nothing(cls, delta: int) -> int:
        if delta == 0:
            raise ValueError("a change of nothing is no change")
        return delta


class AdjustmentRequest(StrictModel):
    """What the warehouse found; all lines are booked or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.FOUND]})

    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
    lines: Annotated[list[AdjustmentLineBody], Field(min_length=1, max_length=MAX_LINES)]


class AdjustmentBody(BaseModel):
    """A booked adjustment."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.ADJUSTMENT]}
    )

    id: UUID
    reason: str
    made_by: str
    made_at: datetime
    lines: list[AdjustmentLineBody]
    links: Annotated[Links, Field(alias="_links")]


class StockBody(BaseModel):
    """One SKU: units that can be bought, that orders hold, that were sold, and that came back."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.STOCK]}
    )

    sku: Sku
    available: int
    reserved: int
    sold: int
    returned: int
    in_stock: bool
    links: Annotated[Links, Field(alias="_links")]


class StockPage(BaseModel):
    """A page of SKUs, in their order."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.STOCK_PAGE]}
    )

    items: list[StockBody]
    links: Annotated[Links, Field(alias="_links")]


class MovementBody(BaseModel):
    """One change of the buckets, in units; `cause` is a command's or adjustment's id."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.MOVEMENT]})

    id: int
    kind: MovementKind
    available: int
    reserved: int
    sold: int
    returned: int
    cause: UUID
    made_at: datetime


class MovementPage(BaseModel):
    """A page of a SKU's movements, oldest first."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.MOVEMENT_PAGE]}
    )

    items: list[MovementBody]
    links: Annotated[Links, Field(alias="_links")]


class StockCursor(StrictModel):
    """Where a page of stock goes on."""

    sku: Sku


class MovementCursor(StrictModel):
    """Where a page of movements goes on."""

    id: Annotated[int, Field(ge=0, le=2**63 - 1)]
