"""The bodies that clients send. No price, total, role or status is among them.

The routes turn them into commands. An unknown field is an error, so a price that a client sends
is refused rather than ignored.
"""

import re
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, EmailStr, Field, StringConstraints

from chassis.schemas import StrictModel, pii
from orders.api.countries import is_country
from orders.api.examples import CART_ID
from orders.domain.cart import MAX_LINES, MAX_QUANTITY
from orders.domain.owner import Owner
from orders.domain.purchase import Address, Contact, Purchase
from orders.domain.shipping import DeliveryMethod


def _country(value: str) -> str:
    if not is_country(value):
        raise ValueError("not an ISO 3166 code of two letters, nor ZZ for unknown")
    return value


def _no_card(value: str) -> str:
    """Refuses what holds 13 digits in a row, however they are spaced: no token needs them."""
    if re.search(r"\d{13}", re.sub(r"[-_.: ]", "", value)):
        raise ValueError("a card number never comes here; send the provider's token")
    return value


Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY, examples=[6])]
Sku = Annotated[str, Field(min_length=1, max_length=32, examples=["85123A"])]
Country = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{2}$"),
    AfterValidator(_country),
    Field(description="ISO 3166-1 alpha-2, or ZZ when unknown.", examples=["GB"]),
]
PaymentToken = Annotated[
    str,
    StringConstraints(min_length=3, max_length=255, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"),
    AfterValidator(_no_card),
]


class QuantityBody(StrictModel):
    """How many of the SKU that the path names."""

    quantity: Quantity


class ItemBody(StrictModel):
    """A SKU and how many."""

    sku: Sku
    quantity: Quantity


class ItemsBody(StrictModel):
    """All lines of a cart; each SKU once."""

    items: Annotated[list[ItemBody], Field(max_length=MAX_LINES)]


class CartPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396): what is left out stays, null goes back to the default."""

    delivery_method: DeliveryMethod | None = None
    country: Country | None = None


class MergeBody(StrictModel):
    """Which guest's cart to take over; its token is in the header."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"guest_cart_id": CART_ID}]})

    guest_cart_id: UUID


class PaymentBody(StrictModel):
    """The token that the payment provider gave for a card; the card itself never comes here."""

    token: Annotated[PaymentToken, Field(examples=["tok_visa"])]


class ContactBody(StrictModel):
    """Whom to write to."""

    email: Annotated[EmailStr, pii(examples=["ada@souk.example"])]
    name: Annotated[Text, pii(examples=["Ada Lovelace"])]


class AddressBody(StrictModel):
    """Where the goods go."""

    recipient: Annotated[Text, pii(examples=["Ada Lovelace"])]
    street: Annotated[Text, pii(examples=["12 St James's Square"])]
    city: Annotated[Text, pii(examples=["London"])]
    postcode: Annotated[Text, pii(examples=["SW1Y 4JH"])]
    country: Country


class OrderBody(StrictModel):
    """An order of everything in a cart. Prices are the shop's; nothing here can name one."""

    cart_id: UUID
    payment: PaymentBody
    shipping_address: AddressBody
    contact: Annotated[ContactBody | None, Field(description="A guest must leave one.")] = None
    reference: Annotated[
        Annotated[Text, Field(max_length=64)] | None,
        Field(description="A number of your own, to find the order by."),
    ] = None

    def purchase(self, owner: Owner) -> Purchase:
        """Returns what this buyer asks for."""
        contact = Contact(self.contact.email, self.contact.name) if self.contact else None
        address = Address(**self.shipping_address.model_dump())
        return Purchase(owner, self.payment.token, address, contact, self.reference)
