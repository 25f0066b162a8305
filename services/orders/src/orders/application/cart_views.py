"""What the owner of a cart sees: its lines and everything that it comes to, as plain values.

The API turns them into JSON. The ETag is made here, because placing an order compares it and
reading a cart sends it.
"""

from dataclasses import dataclass
from uuid import UUID

from chassis.etags import strong_etag
from orders.domain.amounts import Amounts
from orders.domain.errors import CartChanged
from orders.domain.money import Money
from orders.domain.promotions import AppliedPromotion, Refusal
from orders.domain.quote import Quote
from orders.domain.shipping import DeliveryMethod


@dataclass(frozen=True, slots=True)
class CartItem:
    """A line of a cart; `available` is False once the product was withdrawn."""

    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money
    discount: Money
    available: bool


@dataclass(frozen=True, slots=True)
class RefusedCode:
    """A code that does nothing as the cart is now."""

    code: str
    reason: Refusal


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart with today's prices; no `amounts` for nothing, or for what cannot be added up.

    The fields are named as in the API, since a refused order carries the cart as it is.
    """

    id: UUID
    items: tuple[CartItem, ...]
    delivery_method: DeliveryMethod
    country: str
    amounts: Amounts | None
    total: Money | None
    promotions: tuple[AppliedPromotion, ...]
    refused_codes: tuple[RefusedCode, ...]
    order_id: UUID | None

    @classmethod
    def of(cls, quote: Quote) -> "CartView":
        """Returns the view of a quoted cart, delivered to the country of the quote."""
        cart, bill = quote.cart.cart, quote.bill
        return cls(
            id=cart.id,
            items=_items(quote),
            delivery_method=cart.delivery,
            country=quote.country,
            amounts=bill.amounts if bill else None,
            total=bill.amounts.total if bill else None,
            promotions=bill.promotions if bill else (),
            refused_codes=tuple(RefusedCode(*each) for each in quote.refused),
            order_id=cart.order_id,
        )

    @property
    def etag(self) -> str:
        """A strong validator over all that is shown (RFC 9110 section 8.8.3)."""
        lines = (
            f"{i.sku} {i.quantity} {i.unit_price.amount} {i.unit_price.currency} "
            f"{i.discount.amount} {i.available} {i.name}"
            for i in self.items
        )
        terms = (self.delivery_method, self.country, self.promotions, self.refused_codes)
        return strong_etag(self.id, self.order_id, "\n".join(lines), self.amounts, terms)

    @property
    def can_be_ordered(self) -> bool:
        """True when placing an order on it, as it is, would be accepted."""
        available = all(item.available for item in self.items)
        return available and self.amounts is not None and self.order_id is None

    def costs_what(self, other: "CartView") -> bool:
        """True when the same is to be paid for the goods and for the delivery.

        The tax that prices contain may differ, since nobody pays it in addition.
        """
        mine, theirs = self.amounts, other.amounts
        if mine is None or theirs is None:
            return mine is theirs
        paid = (mine.subtotal, mine.discount, mine.shipping, mine.total)
        return paid == (theirs.subtotal, theirs.discount, theirs.shipping, theirs.total)


def _items(quote: Quote) -> tuple[CartItem, ...]:
    discounts = {line.sku: line.discount for line in quote.lines}
    return tuple(
        CartItem(
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_price=line.unit_price,
            total=line.total,
            discount=discounts.get(line.sku, Money(0, line.unit_price.currency)),
            available=not line.withdrawn,
        )
        for line in quote.cart.lines
    )


def cart_changed(view: CartView) -> CartChanged:
    """Returns the refusal of a request that saw another state of the cart than this one."""
    return CartChanged(etag=view.etag, cart=view)
