"""Settings of the gateway, read from the environment as every service's are (prefix `SOUK_`).

Only `bootstrap.py` and `main.py` read them. Times are seconds, sizes are bytes.
"""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import Field

from chassis.settings import ServiceSettings
from gateway.edge.origins import ORIGIN

_SERVICES = {
    "auth": 8090,
    "catalog": 8100,
    "inventory": 8110,
    "orders": 8120,
    "payments": 8130,
    "notifications": 8140,
}
Seconds = Annotated[float, Field(gt=0)]
Origin = Annotated[str, Field(pattern=rf"^{ORIGIN.pattern}$")]


def _local_services() -> dict[str, list[str]]:
    return {name: [f"http://127.0.0.1:{port}"] for name, port in _SERVICES.items()}


class GatewaySettings(ServiceSettings):
    """What every service has, and the edge's own."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    upstreams: dict[str, list[str]] = Field(default_factory=_local_services)
    # Hosts by which clients may know us, besides the issuer's and this machine's own names.
    hosts: frozenset[str] = frozenset()
    # Web pages of these origins may call us from a browser.
    cors_origins: frozenset[Origin] = frozenset()
    # Whose word for the client's address we take, and in which field they say it.
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    proxy_field: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"

    body_limit: Annotated[int, Field(gt=0)] = 1024 * 1024
    # Pictures, where the store of uploads is a folder behind us; a bucket takes them itself.
    media_limit: Annotated[int, Field(gt=0)] = 10 * 1024 * 1024
    connect_seconds: Seconds = 2.0
    queue_seconds: Seconds = 5.0
    first_byte_seconds: Seconds = 9.0
    idle_seconds: Seconds = 30.0
    quiet_seconds: Seconds = 300.0
    body_seconds: Seconds = 15.0
    # Bytes a second, over the whole body.
    body_rate: Annotated[float, Field(gt=0)] = 4096.0
    keep_alive_seconds: Seconds = 60.0
    connections_per_replica: Annotated[int, Field(gt=0)] = 128
    waiting_per_replica: Annotated[int, Field(ge=0)] = 512

    # What the cache of public reads may hold.
    cache_bytes: Annotated[int, Field(gt=0)] = 16 * 1024 * 1024
    token_cache_size: Annotated[int, Field(gt=0)] = 8192
    # {"sign_in": {"anonymous": "60/60"}}: requests / seconds, over the table in limits/policy.py.
    rate_limits: dict[str, dict[str, str]] = Field(default_factory=dict)
    rate_limiting: bool = True
    openapi_seconds: Seconds = 60.0
    # Requests whose trace is recorded before `trace_sample` begins to choose; those that change an
    # order count apart. 25 such traces cost 30 ms of all services' CPU together (docs/adr/0046).
    trace_per_second: Annotated[int, Field(ge=0)] = 0
    trace_orders_per_second: Annotated[int, Field(ge=0)] = 25
    # Where the mailbox page of development is, for the start page; none in production.
    mailbox_url: str | None = None
