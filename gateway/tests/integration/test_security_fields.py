"""The security fields stand on every answer, whoever gives it."""

import pytest

from gateway.testing import FakeService, RunningGateway, everything_at, field_of, talk

TARGETS = {
    "a service's answer": (b"GET /v1/orders/x HTTP/1.1\r\nhost: localhost\r\n", 200),
    "a page of ours": (b"GET /docs HTTP/1.1\r\nhost: localhost\r\n", 200),
    "no such path": (b"GET /v1/nowhere HTTP/1.1\r\nhost: localhost\r\n", 404),
    "a trick": (b"GET /v1/orders/%2e%2e HTTP/1.1\r\nhost: localhost\r\n", 400),
    "a foreign name": (b"GET /v1/orders/x HTTP/1.1\r\nhost: evil.example\r\n", 421),
    "a bad token": (
        b"GET /v1/orders/x HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer x\r\n",
        401,
    ),
    "no HTTP": (b"GET /v1/orders/x HTTP/1.1\r\nhost : localhost\r\n", 400),
    "a head too large": (b"GET / HTTP/1.1\r\nhost: localhost\r\n" + b"x: y\r\n" * 101, 431),
}

# What the server refuses before any application runs; it does not know the environment.
BY_THE_SERVER = ("no HTTP", "a head too large")


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("environment", ["development", "test"])
async def test_every_answer_says_how_a_browser_must_treat_it(
    service: FakeService, kind: str, environment: str
) -> None:
    head, status = TARGETS[kind]
    async with RunningGateway(upstreams=everything_at(service), environment=environment) as gateway:
        received = await talk(gateway.port, head + b"connection: close\r\n\r\n")
    answer = received.partition(b"\r\n\r\n")[0]
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert field_of(answer, b"x-content-type-options") == b"nosniff"
    assert b"frame-ancestors 'none'" in (field_of(answer, b"content-security-policy") or b"")
    assert field_of(answer, b"referrer-policy") == b"same-origin"
    assert field_of(answer, b"server") is None
    strict = environment != "development" and kind not in BY_THE_SERVER
    told = field_of(answer, b"strict-transport-security")
    assert told == (b"max-age=31536000" if strict else None)
