"""What this service reads from the environment, beyond what every service reads.

main.py makes one; nothing else looks at the environment.
"""

from typing import Annotated

from pydantic import Field

from chassis.settings import ServiceSettings


class OrdersSettings(ServiceSettings):
    """`pool_size` is how many transactions run at once in one process.

    `prices_include_tax` says whether the catalogue's prices and the tariff of the delivery contain
    the tax; an order keeps what was true when it was placed.
    """

    port: Annotated[int, Field(ge=0, le=65535)] = 8120
    pool_size: Annotated[int, Field(ge=1, le=100)] = 10
    prices_include_tax: bool = True
