"""Ready-made values, of the real shop's most sold products, for tests that need some.

Each function takes only what a test cares about.
"""

from datetime import datetime

from chassis.ids import uuid7
from orders.domain.cart import Cart
from orders.domain.money import Money
from orders.domain.order import Order
from orders.domain.owner import Owner
from orders.domain.pricing import Price, PricedCart
from orders.domain.purchase import Address, Contact, Purchase
from orders.domain.quote import Offers, Quote, quote
from orders.testing.moments import NOW as NOW
from orders.testing.terms import TERMS

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


def quoted(cart: Cart, *prices: Price) -> Quote:
    """Returns what a cart comes to at these prices."""
    offers = Offers({price.sku: price for price in prices})
    return quote(PricedCart.of(cart, offers.prices), offers, TERMS, NOW)


def a_quote(owner: Owner = CUSTOMER) -> Quote:
    """Returns a cart of 6 hearts and 2 lanterns, 25.20 GBP."""
    return quoted(Cart(uuid7(), owner, {"85123A": 6, "71053": 2}), HEART, LANTERN)


def an_order(
    owner: Owner = CUSTOMER, *, now: datetime = NOW, reference: str | None = None
) -> Order:
    """Returns an order that was just placed."""
    return Order.place(uuid7(), a_quote(owner), a_purchase(owner, reference), now)
