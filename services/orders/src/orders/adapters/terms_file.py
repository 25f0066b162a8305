"""Reads `data/delivery.toml` and `data/tax.toml`: what the shop charges besides its prices.

bootstrap.py calls it once at the start; a file that does not price everything stops the process.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from orders.domain.quote import Terms
from orders.domain.shipping import Band, DeliveryMethod, Tariff
from orders.domain.tax import TaxRates


def load_terms(*, prices_include_tax: bool) -> Terms:
    """Reads the packaged files; raises ValueError where a zone, method or weight has no price."""
    return Terms(tariff_of(_read("delivery")), _rates_of(_read("tax")), prices_include_tax)


def tariff_of(document: Mapping[str, Any]) -> Tariff:
    """Returns the price list; raises ValueError for one with a gap."""
    zones: Mapping[str, list[str]] = document["zones"]
    bands = {
        (method, zone): tuple(Band(*band) for band in listed)
        for method in DeliveryMethod
        for zone, listed in document.get(method, {}).items()
    }
    zone_of = {country: zone for zone, countries in zones.items() for country in countries}
    return Tariff(document["currency"], zone_of, document["elsewhere"], bands)


def _rates_of(document: Mapping[str, Any]) -> TaxRates:
    return TaxRates(document["rates"])


def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads(files("orders").joinpath(f"data/{name}.toml").read_text(encoding="utf-8"))
