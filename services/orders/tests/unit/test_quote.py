"""What a cart comes to: promotions, delivery and tax, always exact to the penny."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.ids import uuid7
from orders.domain.cart import Cart
from orders.domain.errors import CurrencyMismatch, InvalidPromotion
from orders.domain.money import Money
from orders.domain.owner import Owner
from orders.domain.packing import Goods, Parcel, pack
from orders.domain.pricing import Price, PricedCart
from orders.domain.promotions import (
    BuyAndGet,
    FixedAmount,
    FreeShipping,
    Offered,
    Percentage,
    Refusal,
)
from orders.domain.quote import Offers, Quote, Terms, quote
from orders.domain.shipping import DeliveryMethod, Tariff
from orders.testing.moments import NOW
from orders.testing.terms import NET_TERMS, RATES, TERMS, a_promotion, an_offer

ANN, SOMEBODY = Owner.customer("ann"), Owner.guest("k" * 43)
TENTH, POUND = Percentage(10), FixedAmount(Money(100, "GBP"))
STANDARD, EXPRESS = DeliveryMethod.STANDARD, DeliveryMethod.EXPRESS


def pence(amount: int) -> Money:
    return Money(amount, "GBP")


def quoted(
    *offered: Offered, terms: Terms = TERMS, prices: dict[str, int] | None = None, **cart: Any
) -> Quote:
    """What a cart of one lamp at 10.00 comes to, unless the test says otherwise."""
    amounts = prices or {"85123A": 1_000}
    weight, country = cart.pop("weight", None), cart.pop("to", None)
    known = {s: Price(s, s, pence(amount), weight_grams=weight) for s, amount in amounts.items()}
    quantities = cart.pop("quantities", dict.fromkeys(known, 1))
    made = Cart(uuid7(), cart.pop("owner", ANN), quantities, **cart)
    offers = Offers(known, offered)
    return quote(PricedCart.of(made, known), offers, terms, NOW, country)


def amounts(found: Quote) -> tuple[int, ...]:
    """Subtotal, discount, shipping, tax, total."""
    bill = found.orderable_bill().amounts
    parts = (bill.subtotal, bill.discount, bill.shipping, bill.tax, bill.total)
    return tuple(part.amount for part in parts)


def packed(found: Quote) -> tuple[Parcel, ...]:
    return pack(Goods(line.sku, line.quantity, line.weight_grams) for line in found.lines)


def test_without_anything_else_a_cart_costs_its_prices_with_the_tax_in_them() -> None:
    assert amounts(quoted()) == (1_000, 0, 0, 167, 1_000)


def test_tax_comes_on_top_where_prices_exclude_it() -> None:
    assert amounts(quoted(terms=NET_TERMS)) == (1_000, 0, 0, 200, 1_200)


def test_the_country_decides_the_rate_and_the_zone() -> None:
    assert amounts(quoted(country="DE", delivery=STANDARD)) == (1_000, 0, 900, 303, 1_900)
    assert amounts(quoted(to="DE", delivery=STANDARD)) == (1_000, 0, 900, 303, 1_900)
    assert amounts(quoted(country="ZZ", delivery=STANDARD)) == (1_000, 0, 8_000, 0, 9_000)


def test_delivery_is_taxed_too() -> None:
    bill = quoted(terms=NET_TERMS, delivery=STANDARD, country="FI").orderable_bill()
    assert (bill.amounts.shipping_tax, bill.amounts.tax) == (pence(230), pence(485))
    assert bill.amounts.total == pence(1_000 + 900 + 485)


def test_each_parcel_is_paid_for_by_its_weight() -> None:
    found = quoted(quantities={"85123A": 11}, weight=2_000, delivery=STANDARD)
    assert [(p.count, p.weight_grams) for p in packed(found)] == [(1, 20_000), (1, 2_000)]
    assert found.orderable_bill().amounts.shipping == pence(900 + 900)


def test_an_unknown_weight_is_a_usual_one() -> None:
    found = quoted(quantities={"85123A": 4}, delivery=EXPRESS)
    assert found.orderable_bill().amounts.shipping == pence(600)
    assert packed(found)[0].weight_grams == 1_000


def test_promotions_lower_lines_delivery_and_tax() -> None:
    found = quoted(an_offer(1, TENTH), an_offer(2, FreeShipping()), delivery=STANDARD)
    assert amounts(found) == (1_000, 100, 0, 150, 900)
    applied = [(p.id.int, p.discount.amount) for p in found.orderable_bill().promotions]
    assert applied == [(1, 100), (2, 300)]


def test_a_discount_is_divided_by_the_largest_remainder() -> None:
    found = quoted(an_offer(1, POUND), prices={"1A": 999, "2A": 999, "3A": 999})
    assert [line.discount_amount for line in found.lines] == [34, 33, 33]


def test_a_promotion_of_some_goods_leaves_the_others_alone() -> None:
    offer = an_offer(1, TENTH, skus=frozenset({"1A"}))
    found = quoted(offer, prices={"1A": 1_000, "2A": 1_000})
    assert [line.discount_amount for line in found.lines] == [100, 0]


def test_buying_three_for_two_makes_the_cheapest_free() -> None:
    found = quoted(
        an_offer(1, BuyAndGet(2, 1)),
        prices={"1A": 1_000, "2A": 300},
        quantities={"1A": 5, "2A": 1},
    )
    assert found.orderable_bill().amounts.discount == pence(1_300)


@pytest.mark.parametrize(
    ("offer", "owner", "reason"),
    [
        (an_offer(1, TENTH, code="C", ends_at=NOW), ANN, Refusal.ENDED),
        (an_offer(1, TENTH, code="C", limit=2, used=2), ANN, Refusal.USED_UP),
        (
            an_offer(1, TENTH, code="C", limit_per_customer=1, used_by_customer=1),
            ANN,
            Refusal.USED_BEFORE,
        ),
        (an_offer(1, TENTH, code="C", limit_per_customer=1), SOMEBODY, Refusal.ACCOUNT_REQUIRED),
        (an_offer(1, TENTH, code="C", minimum_subtotal=pence(1_001)), ANN, Refusal.BELOW_MINIMUM),
        (
            an_offer(1, TENTH, code="C", minimum_subtotal=Money(1, "EUR")),
            ANN,
            Refusal.BELOW_MINIMUM,
        ),
        (an_offer(1, TENTH, code="C", skus=frozenset({"2A"})), ANN, Refusal.NOTHING_QUALIFIES),
        (an_offer(1, FreeShipping(), code="C"), ANN, Refusal.NOTHING_QUALIFIES),
        (
            an_offer(1, FixedAmount(Money(1, "EUR")), code="C"),
            ANN,
            Refusal.NOTHING_QUALIFIES,
        ),
        (an_offer(1, BuyAndGet(1, 1), code="C"), ANN, Refusal.NOTHING_QUALIFIES),
    ],
)
def test_a_code_that_does_nothing_says_why(offer: Offered, owner: Owner, reason: Refusal) -> None:
    found = quoted(offer, owner=owner, codes=frozenset({"C"}))
    assert found.refused == (("C", reason),)
    assert found.orderable_bill().amounts.discount == pence(0)


def test_codes_that_are_unknown_early_or_worse_than_others_say_so() -> None:
    early = Offered(a_promotion(1, TENTH, code="EARLY"))
    late = quote(quoted().cart, Offers({}, [early]), TERMS, NOW - timedelta(seconds=1))
    assert late.refused == (("EARLY", Refusal.NOT_STARTED),)
    better = an_offer(2, Percentage(20), code="MORE", group="sale")
    worse = an_offer(3, TENTH, code="LESS", group="sale")
    found = quoted(better, worse, codes=frozenset({"MORE", "LESS", "NONE"}))
    assert found.refused == (("LESS", Refusal.NOT_COMBINED), ("NONE", Refusal.UNKNOWN))
    assert [p.code for p in found.orderable_bill().promotions] == ["MORE"]


def test_goods_and_a_tariff_in_two_currencies_have_no_bill() -> None:
    euros = Tariff("EUR", TERMS.tariff.zone_of, "world", TERMS.tariff.bands)
    offer, codes = an_offer(1, TENTH, code="C"), frozenset({"C", "D"})
    found = quoted(offer, terms=Terms(euros, RATES), delivery=STANDARD, codes=codes)
    why = (("C", Refusal.NOTHING_QUALIFIES), ("D", Refusal.UNKNOWN))
    assert (found.bill, found.refused) == (None, why)
    with pytest.raises(CurrencyMismatch):
        found.orderable_bill()
    assert amounts(quoted(terms=Terms(euros, RATES)))[-1] == 1_000


def test_a_tariff_must_price_every_parcel() -> None:
    with pytest.raises(ValueError, match="standard to world"):
        Tariff("GBP", {}, "world", {})


def test_a_promotion_must_not_contradict_itself() -> None:
    with pytest.raises(InvalidPromotion):
        a_promotion(1, TENTH, ends_at=NOW - timedelta(seconds=1))
    with pytest.raises(InvalidPromotion):
        a_promotion(1, TENTH, exclusive=True, group="sale")


BENEFITS = st.one_of(
    st.builds(Percentage, st.integers(1, 100)),
    st.builds(lambda n: FixedAmount(pence(n)), st.integers(1, 9_999)),
    st.builds(BuyAndGet, st.integers(1, 3), st.integers(1, 2)),
    st.just(FreeShipping()),
)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 40)), min_size=1, max_size=6),
    st.lists(st.tuples(BENEFITS, st.sets(st.integers(0, 5), max_size=3)), max_size=4),
    st.sampled_from(DeliveryMethod),
    st.sampled_from(["GB", "DE", "FI", "ZZ"]),
    st.sampled_from([TERMS, NET_TERMS]),
)
def test_every_sum_is_exact(
    lines: list[tuple[int, int]],
    benefits: list[tuple[Any, set[int]]],
    method: DeliveryMethod,
    country: str,
    terms: Terms,
) -> None:
    offers = [
        an_offer(n, benefit, skus=frozenset(f"{sku}A" for sku in skus))
        for n, (benefit, skus) in enumerate(benefits)
    ]
    found = quoted(
        *offers,
        terms=terms,
        prices={f"{n}A": price for n, (price, _) in enumerate(lines)},
        quantities={f"{n}A": quantity for n, (_, quantity) in enumerate(lines)},
        delivery=method,
        country=country,
    )
    bill = found.orderable_bill()
    parts = bill.amounts
    assert Money.total(line.total_after for line in found.lines) + parts.delivery == parts.total
    assert sum(line.tax_amount for line in found.lines) + parts.shipping_tax.amount == (
        parts.tax.amount
    )
    full = terms.tariff.charge(method, country, packed(found))
    saved = full - parts.shipping.amount + parts.discount.amount
    assert sum(p.discount.amount for p in bill.promotions) == saved
    assert all(0 <= line.discount_amount <= line.total.amount for line in found.lines)
    assert all(line.tax_amount >= 0 for line in found.lines)
