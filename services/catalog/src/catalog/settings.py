"""The settings of the catalogue's process: the common ones, currency, and where pictures lie."""

import tempfile
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from chassis.settings import ServiceSettings

MIN_KEY = 32


class CatalogSettings(ServiceSettings):
    """`currency` is the ISO 4217 code that every price must have.

    Pictures lie in a bucket where `media_bucket` names one, else in `media_folder`, which all
    processes of the catalogue must share, as they must share `media_signing_key`.
    """

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "GBP"

    media_folder: Path = Path(tempfile.gettempdir()) / "souk-media"
    # Without one a process signs its URLs with a key of its own, which no other process knows.
    media_signing_key: Annotated[SecretStr, Field(min_length=MIN_KEY)] | None = None
    media_bucket: str | None = None
    media_region: str = "eu-west-1"
    # For a store that speaks S3's protocol and is not Amazon's; clients must reach it too.
    media_endpoint: str | None = None
    # So many seconds a cloud function has before the worker paints a picture itself.
    media_function_seconds: Annotated[int, Field(ge=0, le=3600)] = 0

    @model_validator(mode="after")
    def _demand_a_key_for_the_folder(self) -> "CatalogSettings":
        missing = self.media_bucket is None and self.media_signing_key is None
        if self.environment == "production" and missing:
            raise ValueError("media_signing_key is not set, and neither is media_bucket")
        return self
