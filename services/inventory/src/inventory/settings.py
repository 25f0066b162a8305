"""What inventory reads from the environment, beyond what every service reads.

`main.py` makes one; nothing else in the service looks at the environment.
"""

from typing import Annotated

from pydantic import Field

from chassis.settings import ServiceSettings


class InventorySettings(ServiceSettings):
    """SOUK_RESERVATION_SECONDS is how long a hold lasts when nobody commits it."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8110
    reservation_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
