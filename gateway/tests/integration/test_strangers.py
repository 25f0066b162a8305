"""Who a request comes from, over real sockets: proxies in front of us, and pages of elsewhere."""

from ipaddress import ip_network
from typing import Any

import pytest

from gateway.testing import Conversation, FakeService, RunningGateway, everything_at, field_of

PATH = "/v1/products/x"
APP, EVIL = "https://app.example", "https://evil.example"
LOOPBACK = (ip_network("127.0.0.0/8"),)
FORGED = {
    "x-forwarded-for": "198.51.100.7",
    "forwarded": "for=203.0.113.9",
    "x-real-ip": "203.0.113.9",
    "x-user-id": "admin",
    "x-user-roles": "admin",
    "x-souk-caller": "admin",
    "x-forwarded-user": "admin",
    "x-forwarded-host": "evil.example",
}


@pytest.mark.parametrize(("trusted", "seen"), [((), b"127.0.0.1"), (LOOPBACK, b"198.51.100.7")])
async def test_services_get_one_address_and_it_is_ours_to_say(
    service: FakeService, trusted: Any, seen: bytes
) -> None:
    async with RunningGateway(upstreams=everything_at(service), trusted_proxies=trusted) as gateway:
        await gateway.client.get(PATH, headers=FORGED)
        await gateway.client.post("/v1/carts", headers=FORGED, content=b"{}")
    for head in service.heads:
        assert head.count(b"x-forwarded-for") == 1
        assert field_of(head, b"x-forwarded-for") == seen
        assert field_of(head, b"x-forwarded-host") == b"127.0.0.1:%d" % gateway.port
        assert not [word for word in (b"admin", b"evil", b"203.0.113.9") if word in head]


async def test_each_client_behind_a_proxy_has_a_quota_of_its_own(
    service: FakeService, valkey: Any
) -> None:
    async def statuses(gateway: RunningGateway, address: str) -> list[int]:
        said = {"x-forwarded-for": f"1.2.3.4, {address}"}
        return [(await gateway.client.get(PATH, headers=said)).status_code for _ in "123"]

    settings: Any = {
        "upstreams": everything_at(service),
        "redis_url": valkey.url,
        "rate_limiting": True,
        "rate_limits": {"read": {"anonymous": "2/3600"}},
    }
    async with RunningGateway(trusted_proxies=LOOPBACK, **settings) as gateway:
        assert await statuses(gateway, "198.51.100.7") == [200, 200, 429]
        assert await statuses(gateway, "198.51.100.8") == [200, 200, 429]
    async with RunningGateway(**settings) as gateway:
        assert await statuses(gateway, "198.51.100.9") == [200, 200, 429]
        assert await statuses(gateway, "198.51.100.10") == [429, 429, 429]


async def test_metrics_are_not_for_those_behind_a_proxy(service: FakeService) -> None:
    async with RunningGateway(
        upstreams=everything_at(service), trusted_proxies=LOOPBACK
    ) as gateway:
        far = await gateway.client.get("/metrics", headers={"x-forwarded-for": "198.51.100.7"})
        near = await gateway.client.get("/metrics")
    assert (far.status_code, near.status_code) == (404, 200)


@pytest.mark.parametrize("path", [PATH, "/openapi.json", "/v1/nowhere"])
async def test_a_page_of_the_list_may_read_answers_and_others_may_not(
    service: FakeService, path: str
) -> None:
    async with RunningGateway(upstreams=everything_at(service), cors_origins={APP}) as gateway:
        ours = await gateway.client.get(path, headers={"origin": APP})
        foreign = await gateway.client.get(path, headers={"origin": EVIL})
        plain = await gateway.client.get(path)
    assert ours.headers["access-control-allow-origin"] == APP
    for answer in (foreign, plain):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert {answer.headers["vary"] for answer in (ours, foreign, plain)} == {"Origin"}


@pytest.mark.parametrize("origins", [{APP}, set()])
async def test_the_edge_answers_preflights_itself(service: FakeService, origins: Any) -> None:
    asks = {"access-control-request-method": "PUT", "access-control-request-headers": "if-match"}
    async with RunningGateway(upstreams=everything_at(service), cors_origins=origins) as gateway:
        for origin, allowed in ((APP, bool(origins)), (EVIL, False)):
            answer = await gateway.client.options(
                "/v1/carts/mine", headers={"origin": origin, **asks}
            )
            assert (answer.status_code, answer.content) == (204, b"")
            assert ("access-control-allow-origin" in answer.headers) is allowed
            assert ("access-control-allow-methods" in answer.headers) is allowed
            assert "Origin" in answer.headers["vary"]
            assert "access-control-allow-credentials" not in answer.headers
    assert service.heads == []


async def test_what_a_service_says_of_origins_ends_here(service: FakeService) -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.request()
        fields = b"access-control-allow-origin: *\r\naccess-control-allow-credentials: true\r\n"
        await conversation.answer(fields=fields + b"vary: accept\r\n")

    service.script = script
    async with RunningGateway(upstreams=everything_at(service), cors_origins={APP}) as gateway:
        answer = await gateway.client.get(PATH, headers={"origin": EVIL})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert answer.headers.get_list("vary") == ["accept", "Origin"]
