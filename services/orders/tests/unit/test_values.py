"""Money, owners, carts and their prices."""

import pytest

from chassis.ids import uuid7
from orders.application.cart_views import CartView
from orders.domain.cart import Cart
from orders.domain.errors import CurrencyMismatch, ProductWithdrawn, UnknownSku
from orders.domain.money import Money
from orders.domain.owner import Owner
from orders.domain.pricing import Price, must_be_on_sale
from orders.domain.quote import Quote
from orders.testing.values import CLOCK, CUSTOMER, HEART, LANTERN, a_quote, quoted

GONE = Price("71053", "WHITE METAL LANTERN", Money(375, "GBP"), withdrawn=True)


def priced(quantities: dict[str, int], *prices: Price) -> CartView:
    cart = Cart(uuid7(), CUSTOMER, quantities)
    return CartView.of(quoted(cart, *prices))


def test_pennies_are_counted_and_not_rounded() -> None:
    assert Money(295, "GBP").times(3) + Money(1, "GBP") == Money(886, "GBP")
    assert Money.total([Money(1, "GBP"), Money(2, "GBP"), Money(3, "GBP")]) == Money(6, "GBP")


def test_two_currencies_are_never_added_up() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(1, "GBP") + Money(1, "EUR")


def test_a_guest_is_known_by_the_hash_of_the_token_and_never_by_the_token() -> None:
    guest = Owner.guest("secret-token")
    assert "secret-token" not in str(guest)
    assert len(guest.id) == 64
    assert guest == Owner.guest("secret-token")
    assert guest.customer_id is None


@pytest.mark.parametrize("owner", [Owner.customer("a:b"), Owner.guest("x")])
def test_an_owner_survives_being_stored_as_text(owner: Owner) -> None:
    assert Owner.parse(str(owner)) == owner


def test_a_cart_shows_its_lines_by_sku_and_their_sum() -> None:
    view = CartView.of(a_quote())
    assert [item.sku for item in view.items] == ["71053", "85123A"]
    assert view.total == Money(2520, "GBP")
    assert view.can_be_ordered


def test_a_withdrawn_line_is_shown_but_not_counted() -> None:
    view = priced({"85123A": 1, "71053": 2}, HEART, GONE)
    assert [(item.sku, item.available) for item in view.items] == [
        ("71053", False),
        ("85123A", True),
    ]
    assert view.total == Money(295, "GBP")
    assert not view.can_be_ordered


def test_mixed_currencies_have_no_sum() -> None:
    view = priced({"85123A": 1, "22193": 1}, HEART, Price("22193", "CLOCK", Money(1, "EUR")))
    assert view.total is None
    assert not view.can_be_ordered


def test_an_empty_cart_has_no_sum() -> None:
    assert priced({}).total is None


@pytest.mark.parametrize(
    "changed",
    [
        quoted(Cart(uuid7(), CUSTOMER, {})),
        a_quote(),
    ],
)
def test_the_etags_of_two_carts_differ(changed: Quote) -> None:
    assert CartView.of(a_quote()).etag != CartView.of(changed).etag


def test_the_etag_covers_quantities_prices_names_and_availability() -> None:
    cart_id = uuid7()

    def etag(quantity: int, lantern: Price) -> str:
        cart = Cart(cart_id, CUSTOMER, {"71053": quantity})
        return CartView.of(quoted(cart, lantern)).etag

    renamed = Price("71053", "LANTERN", LANTERN.unit_price)
    dearer = Price("71053", LANTERN.name, Money(376, "GBP"))
    tags = {etag(2, LANTERN), etag(3, LANTERN), etag(2, renamed), etag(2, dearer), etag(2, GONE)}
    assert len(tags) == 5
    assert etag(2, LANTERN) == etag(2, LANTERN)


def test_every_unknown_sku_is_named() -> None:
    with pytest.raises(UnknownSku, match="00001, 00002") as refusal:
        must_be_on_sale(["00002", "22193", "00001"], {"22193": CLOCK})
    assert refusal.value.extras == {"skus": ["00001", "00002"]}


def test_a_withdrawn_sku_is_not_on_sale() -> None:
    with pytest.raises(ProductWithdrawn, match="71053"):
        must_be_on_sale(["71053"], {"71053": GONE})
