"""The packaged price list and tax rates: complete, and of countries that exist."""

import pytest

from orders.adapters.terms_file import load_terms, tariff_of
from orders.api.countries import COUNTRIES
from orders.domain.packing import MAX_PARCEL_GRAMS, Parcel
from orders.domain.shipping import DeliveryMethod


def test_the_files_name_real_countries_and_rates() -> None:
    terms = load_terms(prices_include_tax=True)
    assert terms.tariff.zone_of.keys() <= COUNTRIES
    assert terms.rates.by_country.keys() <= COUNTRIES
    assert all(500 < rate < 3_000 for rate in terms.rates.by_country.values())
    assert terms.rates.of("GB") == 2_000


def test_every_parcel_has_a_price_everywhere_and_a_heavier_one_is_no_cheaper() -> None:
    tariff = load_terms(prices_include_tax=True).tariff
    weights = [1, 1_000, 1_001, 5_000, MAX_PARCEL_GRAMS]
    for country in ("GB", "DE", "US", "ZZ"):
        free, standard, express = (
            [tariff.charge(method, country, [Parcel(1, weight, ())]) for weight in weights]
            for method in DeliveryMethod
        )
        assert set(free) == {0}
        assert standard == sorted(standard)
        assert all(slow < fast for slow, fast in zip(standard, express, strict=True))


def test_equal_parcels_cost_as_much_as_so_many() -> None:
    tariff = load_terms(prices_include_tax=False).tariff
    one, three = (
        tariff.charge(DeliveryMethod.STANDARD, "GB", [Parcel(n, 900, ())]) for n in (1, 3)
    )
    assert three == 3 * one


def test_a_file_with_a_gap_stops_the_process() -> None:
    document = {"currency": "GBP", "elsewhere": "world", "zones": {}, "standard": {}}
    with pytest.raises(ValueError, match="does not price every parcel"):
        tariff_of(document)
