"""Prices and promotions of one cart, by one statement, which queries.py runs.

The first row carries the promotions beside its price, as one JSON array, so that promotions cost
no round trip; without any price that row has no SKU.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from orders.domain.cart import Cart
from orders.domain.money import Money
from orders.domain.pricing import Price
from orders.domain.promotions import (
    Benefit,
    BuyAndGet,
    FixedAmount,
    FreeShipping,
    Offered,
    Percentage,
    Promotion,
)
from orders.domain.quote import Offers

_INFINITE = {
    "-infinity": datetime.min.replace(tzinfo=UTC),
    "infinity": datetime.max.replace(tzinfo=UTC),
}

OFFERS = text("""
SELECT newest.sku, newest.name, newest.amount, newest.currency, newest.withdrawn,
    newest.weight_grams,
    CASE WHEN row_number() OVER () = 1 THEN (
        SELECT json_agg(json_build_object(
            'promotion', to_json(promotion),
            'used', (SELECT used FROM promotion_uses AS total
                WHERE total.promotion_id = promotion.id AND total.customer = ''),
            'used_by_customer', (SELECT used FROM promotion_uses AS own
                WHERE own.promotion_id = promotion.id AND own.customer = :customer)
        ) ORDER BY promotion.id)
        FROM promotions AS promotion
        WHERE promotion.code = ANY(CAST(:codes AS text[])) OR (
            promotion.code IS NULL AND promotion.starts_at <= :now
            AND (promotion.ends_at IS NULL OR promotion.ends_at > :now)
        )
    ) END AS promotions
FROM (VALUES (1)) AS always LEFT JOIN (
    SELECT DISTINCT ON (sku) * FROM prices WHERE sku = ANY(CAST(:skus AS text[]))
    ORDER BY sku, withdrawn, product_id DESC
) AS newest ON true
""")


def wanted(cart: Cart, now: datetime) -> dict[str, Any]:
    """Returns the values of OFFERS."""
    return {
        "skus": list(cart.quantities),
        "codes": list(cart.codes),
        "customer": cart.owner.customer_id,
        "now": now,
    }


def to_offers(rows: Iterable[Row[Any]]) -> Offers:
    """Restores what OFFERS found."""
    found = list(rows)
    offered = [_offered(each) for each in found[0].promotions or ()]
    return Offers({row.sku: to_price(row) for row in found if row.sku is not None}, offered)


def to_price(row: Row[Any]) -> Price:
    """Restores a price."""
    money = Money(row.amount, row.currency)
    return Price(row.sku, row.name, money, row.withdrawn, row.weight_grams)


def to_promotion(row: Mapping[str, Any]) -> Promotion:
    """Restores a promotion from its columns; times may be texts, as JSON has them."""
    minimum = row["minimum_subtotal"]
    return Promotion(
        id=UUID(str(row["id"])),
        name=row["name"],
        benefit=to_benefit(row["benefit"]),
        starts_at=_moment(row["starts_at"]),
        code=row["code"],
        skus=frozenset(row["skus"]),
        minimum_subtotal=Money(minimum, row["minimum_currency"]) if minimum is not None else None,
        ends_at=_moment(row["ends_at"]) if row["ends_at"] else None,
        exclusive=row["exclusive"],
        group=row["stacking_group"],
        limit=row["max_uses"],
        limit_per_customer=row["max_uses_per_customer"],
        version=row["version"],
    )


def to_benefit(stored: Mapping[str, Any]) -> Benefit:
    """Restores what a promotion gives."""
    match stored:
        case {"kind": "percentage", "percent": percent}:
            return Percentage(percent)
        case {"kind": "fixed_amount", "amount": amount, "currency": currency}:
            return FixedAmount(Money(amount, currency))
        case {"kind": "buy_and_get", "buy": buy, "free": free}:
            return BuyAndGet(buy, free)
    return FreeShipping()


def from_benefit(benefit: Benefit) -> dict[str, Any]:
    """Returns what a promotion gives as it is stored."""
    match benefit:
        case Percentage(percent):
            return {"kind": "percentage", "percent": percent}
        case FixedAmount(money):
            return {"kind": "fixed_amount", "amount": money.amount, "currency": money.currency}
        case BuyAndGet(buy, free):
            return {"kind": "buy_and_get", "buy": buy, "free": free}
    return {"kind": "free_shipping"}


def _offered(found: Mapping[str, Any]) -> Offered:
    used, own = found["used"] or 0, found["used_by_customer"] or 0
    return Offered(to_promotion(found["promotion"]), used, own)


def _moment(value: datetime | str) -> datetime:
    """The first and the last moment are infinite in PostgreSQL, and come back without a zone."""
    if isinstance(value, str):
        value = _INFINITE.get(value) or datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
