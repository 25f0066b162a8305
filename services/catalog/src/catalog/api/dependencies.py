"""What a route may ask for: the shop, the views, and the preconditions of a write.

`bootstrap.py` puts `Services` into the application; tests put in the same over fakes. All are
async, since FastAPI would send a plain function to a thread.
"""

from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Path, Request
from fastapi.openapi.models import Example

from catalog.api.presenters import product_etag
from catalog.api.problems import IfMatchMissing
from catalog.api.schemas import SKU_PATTERN, SLUG_PATTERN
from catalog.application.change_product import StillCurrent
from catalog.application.picture_desk import PictureDesk
from catalog.application.queries import CatalogueReads, view_of
from catalog.application.shop import Shop
from catalog.domain.media import UploadDoor
from catalog.domain.product import Product
from chassis.etags import matches
from chassis.security import Caller, requires


@dataclass(frozen=True, slots=True)
class Services:
    """The container of this service's routes."""

    shop: Shop
    reads: CatalogueReads
    desk: PictureDesk
    # None where uploads go straight to a bucket.
    door: UploadDoor | None = None


async def _services(request: Request) -> Services:
    return cast(Services, request.app.state.container)


async def _shop(request: Request) -> Shop:
    return (await _services(request)).shop


async def _desk(request: Request) -> PictureDesk:
    return (await _services(request)).desk


def _if_match(**options: Any) -> Any:
    said = "The ETag under which you saw the product."
    return Header(alias="If-Match", max_length=1000, description=said, **options)


async def _required_match(
    if_match: Annotated[str | None, _if_match(openapi_examples={"seen": {"value": '"0"'}})] = None,
) -> StillCurrent:
    if if_match is None:
        raise IfMatchMissing
    return _same_as(if_match)


async def _optional_match(
    if_match: Annotated[str | None, _if_match()] = None,
) -> StillCurrent:
    return _same_as("*" if if_match is None else if_match)


def _same_as(if_match: str) -> StillCurrent:
    """Returns the test whether a product is still as the client saw it."""

    def still_current(product: Product) -> bool:
        return matches(if_match, product_etag(view_of(product)))

    return still_current


Catalogue = Annotated[Services, Depends(_services)]
TheShop = Annotated[Shop, Depends(_shop)]
Desk = Annotated[PictureDesk, Depends(_desk)]
RequiredMatch = Annotated[StillCurrent, Depends(_required_match)]
OptionalMatch = Annotated[StillCurrent, Depends(_optional_match)]
Merchandiser = Annotated[Caller, requires("catalog:write")]


def _slug_like(example: str) -> Any:
    examples = {"sample": Example(value=example)}
    return Path(max_length=160, pattern=SLUG_PATTERN, openapi_examples=examples)


SlugInPath = Annotated[str, _slug_like("white-hanging-heart-t-light-holder")]
# What an example withdraws is the product that the example of a new one made.
SlugToWithdraw = Annotated[str, _slug_like("striped-paper-lantern")]
SkuInPath = Annotated[
    str, Path(pattern=SKU_PATTERN, openapi_examples={"heart": {"value": "85123A"}})
]
