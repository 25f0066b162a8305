"""Bodies and parameters of the catalogue's routes; unknown fields are refused everywhere.

`routes.py`, `writing_routes.py` and OpenAPI use them. Every text that becomes part of a filter
has a pattern, so that no operator or field name of the database can hide in it.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from catalog.api import examples
from catalog.api.links import Link
from catalog.application.queries import Sort
from catalog.domain.content import (
    CODE_PATTERN,
    MAX_DESCRIPTION,
    MAX_NAME,
    MAX_VARIANTS,
    MAX_WEIGHT_GRAMS,
)
from catalog.domain.money import MAX_AMOUNT
from chassis.pagination import MAX_CURSOR
from chassis.schemas import Money, StrictModel

MAX_BATCH = 200
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
# Small letters are taken too and made capital, as the shop's own data has both.
SKU_PATTERN = r"^[0-9]{5}[A-Za-z]{0,15}$"

Slug = Annotated[str, Field(max_length=160, pattern=SLUG_PATTERN)]
Sku = Annotated[str, Field(pattern=SKU_PATTERN, examples=["85123A"])]
Code = Annotated[str, Field(pattern=CODE_PATTERN, examples=["85123"])]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION)]
Amount = Annotated[int, Field(ge=0, le=MAX_AMOUNT)]


class ListParameters(BaseModel):
    """What GET /v1/products understands; any other parameter is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: Annotated[
        Slug | None, Field(description="A category's slug; what is below it counts too.")
    ] = None
    min_price: Annotated[Amount | None, Field(description="In minor units (pence).")] = None
    max_price: Annotated[Amount | None, Field(description="In minor units (pence).")] = None
    q: Annotated[
        str | None,
        Field(max_length=200, description="Words; the last one may be only begun."),
    ] = None
    sort: Annotated[Sort, Field(description="`-` turns an order round.")] = Sort.NEWEST
    limit: Annotated[int, Field(ge=1, le=100, description="How many products a page has.")] = 20
    cursor: Annotated[
        str | None, Field(max_length=MAX_CURSOR, description="From the link `next` of a page.")
    ] = None


class ListCursor(StrictModel):
    """What a cursor holds: the order it belongs to, and the last product's place in it."""

    sort: Sort
    key: Annotated[str, Field(max_length=MAX_NAME * 3)] | Amount | None
    id: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]


class VariantRequest(StrictModel):
    """One SKU of a product, with its price in the shop's currency."""

    sku: Sku
    name: Name
    price: Money
    weight_grams: Annotated[
        int | None,
        Field(ge=1, le=MAX_WEIGHT_GRAMS, description="What one weighs, packed, if that is known."),
    ] = None


class ProductRequest(StrictModel):
    """A new product. Its SKUs begin with its code; without a category its name decides."""

    code: Code
    name: Name
    description: Description | None = None
    category: Slug | None = None
    variants: Annotated[list[VariantRequest], Field(min_length=1, max_length=MAX_VARIANTS)]


class ProductPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396): what is left out stays, null removes, lists are replaced.

    A category of null lets the name decide again.
    """

    name: Name = ""
    description: Description | None = None
    category: Slug | None = None
    variants: Annotated[
        list[VariantRequest], Field(min_length=1, max_length=MAX_VARIANTS, default_factory=list)
    ]


class BatchProduct(StrictModel):
    """A product as a file has it."""

    code: Code
    name: Name
    variants: Annotated[list[VariantRequest], Field(min_length=1, max_length=MAX_VARIANTS)]


class BatchRequest(StrictModel):
    """Up to 200 products; each is created, changed or, where nothing is new, left alone."""

    products: Annotated[list[BatchProduct], Field(min_length=1, max_length=MAX_BATCH)]


class BatchBody(BaseModel):
    """How many products of a batch were created, changed and left alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.BATCH_RESULT]})

    created: int
    changed: int
    unchanged: int


class VariantBody(BaseModel):
    """One SKU; `in_stock` as inventory last said."""

    sku: str
    name: str
    price: Money
    in_stock: bool


class ProductBody(BaseModel):
    """One product; `price_from` is the price of its cheapest variant."""

    model_config = ConfigDict(
        populate_by_name=True, json_schema_extra={"examples": [examples.PRODUCT]}
    )

    id: str
    slug: str
    code: str
    name: str
    description: str | None
    category: str
    price_from: Money
    in_stock: bool
    variants: list[VariantBody]
    links: Annotated[dict[str, Link], Field(alias="_links")]


class ProductPageBody(BaseModel):
    """A page of products; the link `next` is there while there are more."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PRODUCT_PAGE]})

    items: list[ProductBody]
    links: Annotated[dict[str, Link], Field(alias="_links")]


class CategoryBody(BaseModel):
    """A category with all that is under it."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CATEGORY]})

    slug: str
    name: str
    children: "list[CategoryBody]"
    links: Annotated[dict[str, Link], Field(alias="_links")]


class CategoryTreeBody(BaseModel):
    """All categories."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CATEGORY_TREE]})

    items: list[CategoryBody]
    links: Annotated[dict[str, Link], Field(alias="_links")]


class CategoryStep(BaseModel):
    """One category on the way from the root."""

    slug: str
    name: str


class CategoryPageBody(CategoryBody):
    """One category with the way to it, itself included."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CATEGORY_PAGE]})

    path: list[CategoryStep]
