"""The product: the aggregate that decides every change to a catalogue entry.

Use cases load it, call one method and save it. Each event raises the version by one, so the
version before a change is the first new event's sequence less one; repositories write under
that condition.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from catalog.domain.content import Content
from catalog.domain.errors import (
    PictureNotFound,
    ProductGone,
    TooManyPictures,
    VariantNotFound,
)
from catalog.domain.events import (
    PriceChanged,
    ProductChanged,
    ProductCreated,
    ProductEvent,
    ProductState,
    ProductWithdrawn,
)
from catalog.domain.money import Money
from catalog.domain.pictures import MAX_PICTURES, Picture

# So many uploads a product remembers as taken; older ones are long forgotten themselves.
_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Availability:
    """Which SKUs inventory says are in stock; `version` rises with all that it says."""

    in_stock: frozenset[str] = frozenset()
    version: int = 0


@dataclass(slots=True)
class Product:
    """One entry of the catalogue. `code` and `slug` never change."""

    id: UUID
    code: str
    slug: str
    content: Content
    version: int
    created_at: datetime
    withdrawn: bool = False
    availability: Availability = Availability()
    pictures: tuple[Picture, ...] = ()
    # The uploads that were taken in: the inbox, so that one taken twice changes nothing.
    taken_uploads: tuple[str, ...] = ()
    new_events: list[ProductEvent] = field(default_factory=list)

    @classmethod
    def create(
        cls,
        *,
        id: UUID,
        code: str,
        slug: str,
        content: Content,
        now: datetime,
    ) -> "Product":
        """Returns a new product that has recorded its creation; `content` is checked."""
        product = cls(id=id, code=code, slug=slug, content=content, version=0, created_at=now)
        product.new_events.append(ProductCreated(product._next(), product.state))
        return product

    @property
    def stored_version(self) -> int:
        """The version that a store holds while the new events are not written."""
        return self.version - len(self.new_events)

    @property
    def state(self) -> ProductState:
        """What the product's events tell others."""
        return ProductState(
            product_id=self.id,
            slug=self.slug,
            code=self.code,
            name=self.content.name,
            category=self.content.category,
            variants=self.content.variants,
            pictures=self.pictures,
        )

    def revise(self, content: Content) -> None:
        """Takes on checked content; records one change, and one event for each moved price.

        Raises ProductGone once the product is withdrawn.
        """
        self._must_be_offered()
        self._take_on(content)

    def set_price(self, sku: str, price: Money) -> None:
        """Moves one variant's price; raises VariantNotFound, or ProductGone."""
        self._must_be_offered()
        if sku not in self.content.skus:
            raise VariantNotFound(self.slug, sku)
        self._take_on(_with_price(self.content, sku, price))

    def attach(self, picture: Picture, upload_id: str) -> None:
        """Shows the picture after its others; an upload that was taken before changes nothing.

        Raises ProductGone, or TooManyPictures.
        """
        if upload_id in self.taken_uploads:
            return
        self._must_be_offered()
        if any(shown.id == picture.id for shown in self.pictures):
            return
        if len(self.pictures) >= MAX_PICTURES:
            raise TooManyPictures(self.slug, MAX_PICTURES)
        self.taken_uploads = (*self.taken_uploads, upload_id)[-_REMEMBERED:]
        self.pictures = (*self.pictures, picture)
        self.new_events.append(ProductChanged(self._next(), self.state))

    def remove_picture(self, picture_id: str) -> None:
        """Shows the picture no more; raises PictureNotFound, or ProductGone."""
        self._must_be_offered()
        rest = tuple(shown for shown in self.pictures if shown.id != picture_id)
        if len(rest) == len(self.pictures):
            raise PictureNotFound(self.slug, picture_id)
        self.pictures = rest
        self.new_events.append(ProductChanged(self._next(), self.state))

    def withdraw(self) -> None:
        """Takes the product off the shelves; a second time changes nothing."""
        if not self.withdrawn:
            self.withdrawn = True
            event = ProductWithdrawn(self._next(), self.id, self.slug, self.content.skus)
            self.new_events.append(event)

    def import_content(self, content: Content) -> None:
        """Takes on what a file says, which also brings a withdrawn product back."""
        if self.withdrawn:
            self.withdrawn = False
            self.content = content
            self.new_events.append(ProductChanged(self._next(), self.state))
        else:
            self._take_on(content)

    def _take_on(self, content: Content) -> None:
        before, self.content = self.content, content
        moved = _moved_prices(before, content)
        if content != _with_prices_of(before, content):
            self.new_events.append(ProductChanged(self._next(), self.state))
        for sku, old, new in moved:
            self.new_events.append(PriceChanged(self._next(), self.id, sku, old, new))

    def _must_be_offered(self) -> None:
        if self.withdrawn:
            raise ProductGone(self.slug)

    def _next(self) -> int:
        self.version += 1
        return self.version


def _with_price(content: Content, sku: str, price: Money) -> Content:
    variants = tuple(
        replace(variant, price=price) if variant.sku == sku else variant
        for variant in content.variants
    )
    return replace(content, variants=variants)


def _moved_prices(before: Content, after: Content) -> list[tuple[str, Money, Money]]:
    """Returns (SKU, old, new) for each variant that is in both and has another price."""
    old = {variant.sku: variant.price for variant in before.variants}
    return [
        (variant.sku, old[variant.sku], variant.price)
        for variant in after.variants
        if variant.sku in old and old[variant.sku] != variant.price
    ]


def _with_prices_of(before: Content, after: Content) -> Content:
    """Returns the content `before` with the prices of `after`, to see whether more changed."""
    new = {variant.sku: variant.price for variant in after.variants}
    variants = tuple(replace(v, price=new.get(v.sku, v.price)) for v in before.variants)
    return replace(before, variants=variants)
