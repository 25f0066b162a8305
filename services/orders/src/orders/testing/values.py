"""Ready-made values, of the real shop's most sold products, for tests that need some.

Each function takes only what a test cares about.
"""

from datetime import UTC, datetime
from uuid import UUID

from chassis.ids import uuid7
from orders.domain.cart import Cart
from orders.domain.money import Money
from orders.domain.order import Order
from orders.domain.owner import Owner
from orders.domain.pricing import Price, PricedCart
from orders.domain.purchase import Address, Contact, Purchase

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CUSTOMER_ID = "01990000-0000-7000-8000-0000000000f1"
CUSTOMER = Owner.customer(CUSTOMER_ID)
GUEST_TOKEN = "k" * 43
GUEST = Owner.guest(GUEST_TOKEN)

HEART = Price("85123A", "WHITE HANGING HEART T-LIGHT HOLDER", Money(295, "GBP"))
LANTERN = Price("71053", "WHITE METAL LANTERN", Money(375, "GBP"))
CLOCK = Price("22193", "RED DINER WALL CLOCK", Money(850, "GBP"))
ADDRESS = Address("Ada Lovelace", "12 St James's Square", "London", "SW1Y 4JH", "GB")
CONTACT = Contact("ada@souk.example", "Ada Lovelace")


def a_purchase(owner: Owner = CUSTOMER, reference: str | None = None) -> Purchase:
    """Returns what a buyer says; a guest leaves a contact."""
    contact = None if owner.customer_id else CONTACT
    return Purchase(owner, "tok_visa", ADDRESS, contact, reference)


def a_priced_cart(owner: Owner = CUSTOMER, cart_id: UUID | None = None) -> PricedCart:
    """Returns a cart of 6 hearts and 2 lanterns, 25.20 GBP."""
    cart = Cart(cart_id or uuid7(), owner, {"85123A": 6, "71053": 2})
    return PricedCart.of(cart, {"85123A": HEART, "71053": LANTERN})


def an_order(
    owner: Owner = CUSTOMER, *, now: datetime = NOW, reference: str | None = None
) -> Order:
    """Returns an order that was just placed."""
    return Order.place(uuid7(), a_priced_cart(owner), a_purchase(owner, reference), now)
