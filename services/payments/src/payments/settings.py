"""What payments reads from the environment, beyond what every service reads.

`main.py` makes one; nothing else in the service looks at the environment.
"""

from typing import Annotated

from pydantic import Field

from chassis.settings import ServiceSettings


class PaymentsSettings(ServiceSettings):
    """Times are in seconds; places are calls to the provider at once, for each of two desks."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8130
    provider_time_limit: Annotated[float, Field(gt=0, le=8)] = 3.0
    provider_places: Annotated[int, Field(ge=1, le=1000)] = 64
    provider_slow_seconds: Annotated[float, Field(ge=0, le=60)] = 2.0
