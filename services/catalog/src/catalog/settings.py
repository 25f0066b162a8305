"""The settings of the catalogue's process: the common ones and the shop's currency."""

from typing import Annotated

from pydantic import Field

from chassis.settings import ServiceSettings


class CatalogSettings(ServiceSettings):
    """`currency` is the ISO 4217 code that every price must have."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "GBP"
