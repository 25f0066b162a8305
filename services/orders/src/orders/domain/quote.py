"""A cart with everything that it comes to: promotions, delivery and tax, each line's share.

A cart that is shown and a cart that is ordered go through here, so that the one is the other.
Pure: prices, promotions, tariff, rates and the time come in as values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.domain.amounts import Amounts, Bill
from orders.domain.discounts import Discounts, discounts
from orders.domain.errors import CurrencyMismatch
from orders.domain.money import Money
from orders.domain.packing import Goods, pack
from orders.domain.pricing import Price, PricedCart, PricedLine
from orders.domain.promotions import Offered, Refusal
from orders.domain.purchase import OrderLine
from orders.domain.shipping import DeliveryMethod, Tariff
from orders.domain.tax import TaxRates, taxes


@dataclass(frozen=True, slots=True)
class Terms:
    """What the shop charges besides its prices, and whether those contain the tax."""

    tariff: Tariff
    rates: TaxRates
    prices_include_tax: bool = True


@dataclass(frozen=True, slots=True)
class Offers:
    """What is known of the SKUs and codes of one cart: prices, and promotions with their uses."""

    prices: Mapping[str, Price]
    promotions: Sequence[Offered] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """`lines` and `bill` are what an order would be made of; no bill for what cannot be added up.

    `refused` are the cart's codes that do nothing, each with the reason.
    """

    cart: PricedCart
    country: str
    currencies: tuple[str, ...]
    lines: tuple[OrderLine, ...] = ()
    bill: Bill | None = None
    refused: tuple[tuple[str, Refusal], ...] = ()

    def orderable_bill(self) -> Bill:
        """Returns the bill. Raises CartOrdered, CartEmpty, ProductWithdrawn or CurrencyMismatch."""
        self.cart.cart.must_be_open()
        self.cart.orderable_lines()
        if self.bill is None:
            raise CurrencyMismatch(*self.currencies[:2])
        return self.bill


def quote(
    cart: PricedCart, offers: Offers, terms: Terms, now: datetime, country: str | None = None
) -> Quote:
    """Returns what the cart comes to, delivered to `country`: the cart's own unless given."""
    method, country = cart.cart.delivery, country or cart.cart.country
    currencies = {line.unit_price.currency for line in cart.on_sale}
    if method is not DeliveryMethod.FREE:
        currencies.add(terms.tariff.currency)
    if not cart.on_sale or len(currencies) > 1:
        return Quote(cart, country, tuple(sorted(currencies)), refused=_idle(cart, offers, now))
    charge = _charge(cart.on_sale, method, country, terms.tariff)
    is_guest = cart.cart.owner.customer_id is None
    off = discounts(cart.on_sale, charge, offers.promotions, now, is_guest=is_guest)
    lines, shipping_tax = _lines(cart.on_sale, off, charge, terms, country)
    bill = Bill(_amounts(lines, off, charge, shipping_tax), method, off.applied)
    refused = _refused(cart.cart.codes, offers, off)
    return Quote(cart, country, tuple(currencies), lines, bill, refused)


def _idle(cart: PricedCart, offers: Offers, now: datetime) -> tuple[tuple[str, Refusal], ...]:
    """Returns why each code does nothing where nothing can be added up."""
    nothing, is_guest = Money(0, ""), cart.cart.owner.customer_id is None
    why = {
        offered.promotion.code: offered.refusal(nothing, now, is_guest=is_guest)
        or Refusal.NOTHING_QUALIFIES
        for offered in offers.promotions
    }
    return tuple((code, why.get(code, Refusal.UNKNOWN)) for code in sorted(cart.cart.codes))


def _charge(
    lines: Sequence[PricedLine], method: DeliveryMethod, country: str, tariff: Tariff
) -> int:
    if method is DeliveryMethod.FREE:
        return 0  # Nobody waits for a packing that costs nothing.
    parcels = pack(Goods(line.sku, line.quantity, line.weight_grams) for line in lines)
    return tariff.charge(method, country, parcels)


def _lines(
    priced: Sequence[PricedLine], off: Discounts, charge: int, terms: Terms, country: str
) -> tuple[tuple[OrderLine, ...], int]:
    """Returns the lines with their shares, and the tax of the delivery."""
    paid = [line.total.amount - d for line, d in zip(priced, off.by_line, strict=True)]
    included = terms.prices_include_tax
    paid.append(charge - off.off_delivery)
    *by_line, shipping_tax = taxes(paid, terms.rates.of(country), included=included)
    parts = zip(priced, off.by_line, by_line, strict=True)
    lines = tuple(
        OrderLine(
            line.sku, line.name, line.quantity, line.unit_price, d, tax, included, line.weight_grams
        )
        for line, d, tax in parts
    )
    return lines, shipping_tax


def _amounts(lines: Sequence[OrderLine], off: Discounts, charge: int, shipping_tax: int) -> Amounts:
    currency = lines[0].unit_price.currency
    return Amounts(
        subtotal=Money.total(line.total for line in lines),
        discount=Money.total(line.discount for line in lines),
        shipping=Money(charge - off.off_delivery, currency),
        tax=Money(sum(line.tax_amount for line in lines) + shipping_tax, currency),
        shipping_tax=Money(shipping_tax, currency),
        prices_include_tax=lines[0].tax_included,
    )


def _refused(
    codes: Iterable[str], offers: Offers, off: Discounts
) -> tuple[tuple[str, Refusal], ...]:
    known = {offered.promotion.code for offered in offers.promotions}
    unknown = {code: Refusal.UNKNOWN for code in codes if code not in known}
    return tuple(sorted({**unknown, **dict(off.refused)}.items()))
