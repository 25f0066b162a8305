"""Charges of a small shop, round enough to check by head, for tests.

`an_offer` makes promotions that run; what a test does not name, they do not have.
"""

from typing import Any
from uuid import UUID

from orders.domain.promotions import Benefit, Offered, Promotion
from orders.domain.quote import Terms
from orders.domain.shipping import Band, DeliveryMethod, Tariff
from orders.domain.tax import TaxRates
from orders.testing.moments import NOW

_STANDARD, _EXPRESS = DeliveryMethod.STANDARD, DeliveryMethod.EXPRESS
TARIFF = Tariff(
    "GBP",
    {"GB": "uk", "DE": "europe", "FI": "europe"},
    "world",
    {
        (_STANDARD, "uk"): (Band(1_000, 300), Band(20_000, 900)),
        (_EXPRESS, "uk"): (Band(1_000, 600), Band(20_000, 1_800)),
        (_STANDARD, "europe"): (Band(1_000, 900), Band(20_000, 2_700)),
        (_EXPRESS, "europe"): (Band(20_000, 5_000),),
        (_STANDARD, "world"): (Band(20_000, 8_000),),
        (_EXPRESS, "world"): (Band(20_000, 16_000),),
    },
)
RATES = TaxRates({"GB": 2000, "DE": 1900, "FI": 2550})
TERMS = Terms(TARIFF, RATES)
NET_TERMS = Terms(TARIFF, RATES, prices_include_tax=False)


def a_promotion(number: int, benefit: Benefit, **more: Any) -> Promotion:
    """Returns a promotion that has begun; its number makes its id and its name."""
    return Promotion(UUID(int=number), f"promotion {number}", benefit, NOW, **more)


def an_offer(
    number: int, benefit: Benefit, used: int = 0, used_by_customer: int = 0, **more: Any
) -> Offered:
    """Returns such a promotion with how often it was used."""
    return Offered(a_promotion(number, benefit, **more), used, used_by_customer)
