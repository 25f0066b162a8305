"""Requests that an edge must not let through, or must not let through as they are."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.testing import Conversation, FakeService, RunningGateway, everything_at, field_of, talk

HEAD = b"GET /v1/products/x HTTP/1.1\r\nhost: localhost\r\n"
CLOSE = b"connection: close\r\n\r\n"
MIB = 1024 * 1024


def status_of(received: bytes) -> int:
    return int(received.split(b" ", 2)[1]) if received else 0


@pytest.mark.parametrize(
    "target",
    [
        b"http://evil.example/v1/products/x",
        b"http://localhost/v1/products/x",
        b"*",
        b"v1/products/x",
        b"localhost:80",
        b"/v1/products/../orders/x",
        b"/v1/products/./x",
        b"/v1/products/..",
        b"/v1//products/x",
        b"//v1/products/x",
        b"/v1/products/%2e%2e/orders",
        b"/v1/products/%2E%2E%2Forders",
        b"/v1/products%2fx",
        b"/v1/products/a%5Cb",
        b"/v1/products/a\\b",
        b"/v1/products/%00",
        b"/v1/products/%0d%0aset-cookie:x",
        b"/v1/products/%zz",
        b"/v1/products/%",
        b"/v1/products/x;y=1",
        b"/v1/products/x#y",
        b"/v1/products/x?y#z",
        b"/v1/products/\xc3\xa9",
        b"/v1/../metrics",
    ],
)
async def test_path_tricks_are_refused(service: FakeService, target: bytes) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        raw = b"GET %b HTTP/1.1\r\nhost: localhost\r\n" % target + CLOSE
        received = await talk(gateway.port, raw)
    assert status_of(received) in (400, 404)
    assert b"application/problem+json" in received
    assert service.heads == []


@pytest.mark.parametrize(
    "target", ["/v1", "/v1/", "/v1/unknown", "/v1/ordersx", "/V1/orders", "/metrics/x", "/x"]
)
async def test_what_no_service_owns_is_not_found(service: FakeService, target: str) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.get(target)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    assert service.heads == []


@pytest.mark.parametrize(
    "fields",
    [
        b"content-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        b"content-length: 3\r\ncontent-length: 3\r\n\r\nabc",
        b"content-length: 3, 3\r\n\r\nabc",
        b"content-length: +3\r\n\r\nabc",
        b"content-length: -1\r\n\r\n",
        b"content-length: 0x3\r\n\r\nabc",
        b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
        b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc",
        b"x: a\r\n folded: b\r\n\r\n",
        b"x: a\rb\r\n\r\n",
        b"x: a\nGET /v1/orders HTTP/1.1\r\n\r\n",
        b"x\x00y: a\r\n\r\n",
        b"x: a\x00b\r\n\r\n",
        b"x y: a\r\n\r\n",
        b": a\r\n\r\n",
        b"nocolon\r\n\r\n",
        b"host: other\r\n\r\n",
        b"authorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n",
        b"connection: close, authorization\r\n\r\n",
        b"connection: content-length\r\ncontent-length: 3\r\n\r\nabc",
    ],
)
async def test_what_two_servers_might_read_differently_is_refused(
    service: FakeService, fields: bytes
) -> None:
    smuggled = b"GET /v1/orders/smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n"
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        raw = b"POST /v1/carts HTTP/1.1\r\nhost: localhost\r\n" + fields
        received = await talk(gateway.port, raw + smuggled, seconds=1)
    assert status_of(received) in (400, 401)
    assert not any(b"smuggled" in body for body in service.bodies)
    for head in service.heads:
        # The second request may be served as what it is, never as a part of the first.
        assert head.count(b"HTTP/1.1\r\n") == 1


async def test_a_body_is_not_read_as_a_request(service: FakeService) -> None:
    smuggled = b"GET /v1/orders/smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n"
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.request("GET", "/v1/products/x", content=smuggled)
        assert answer.status_code == 200
        await gateway.client.get("/v1/products/y")
    assert service.bodies == [smuggled, b""]


@pytest.mark.parametrize("path", [b"/v1/products/x", b"/docs", b"/openapi.json", b"/"])
async def test_host_is_required_and_must_be_ours(service: FakeService, path: bytes) -> None:
    async with RunningGateway(
        upstreams=everything_at(service), issuer="http://shop.example"
    ) as gateway:

        async def status(fields: bytes) -> int:
            return status_of(await talk(gateway.port, b"GET %b HTTP/1.1\r\n" % path + fields))

        assert await status(CLOSE) == 400
        assert await status(b"host: evil.example\r\n" + CLOSE) == 421
        assert await status(b"host: shop.example\r\nhost: evil.example\r\n" + CLOSE) == 400
        for host in (b"shop.example", b"localhost"):
            assert await status(b"host: %b\r\n" % host + CLOSE) == 200
    passed = {field_of(head, b"host") for head in service.heads}
    assert b"evil.example" not in passed


async def test_supervision_may_use_any_name(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.get("/health/live", headers={"host": "10.1.2.3:8080"})
    assert answer.status_code == 200


async def test_forged_identities_and_hops_end_here(service: FakeService) -> None:
    forged = (
        b"X-User-Id: admin\r\nx-user-roles: admin\r\nX_User_Id: admin\r\n"
        b"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\n"
        b"X-Forwarded-Prefix: /x\r\nForwarded: for=1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\n"
        b"traceparent: 00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01\r\n"
        b"baggage: user=admin\r\nTE: trailers\r\nKeep-Alive: timeout=5\r\nX-Original-URL: /x\r\n"
        b"Proxy-Authorization: Basic eA==\r\nUpgrade: h2c\r\nX-Http-Method-Override: DELETE\r\n"
        b'X-Hop: 1\r\nConnection: close, X-Hop\r\nCart-Token: t\r\nIf-Match: "1"\r\n'
        b"Prefer: wait=5\r\nIdempotency-Key: k\r\nX-Request-Id: <script>\r\n\r\n"
    )
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        assert status_of(await talk(gateway.port, HEAD + forged)) == 200
    head = service.heads[0]
    names = {line.partition(b":")[0] for line in head.split(b"\r\n")[1:] if line}
    assert names == {
        *(b"host", b"cart-token", b"if-match", b"prefer", b"idempotency-key", b"x-request-id"),
        *(b"traceparent", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"),
    }
    assert field_of(head, b"x-forwarded-for") == b"127.0.0.1"
    assert field_of(head, b"x-forwarded-proto") == b"http"
    assert b"aaaaaaaa" not in (field_of(head, b"traceparent") or b"")
    assert b"script" not in (field_of(head, b"x-request-id") or b"")


async def test_a_sane_request_id_is_kept_and_told(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        sent = {"x-request-id": "my-request.0001"}
        answer = await gateway.client.get("/v1/products/x", headers=sent)
        assert answer.headers["x-request-id"] == "my-request.0001"
        assert field_of(service.heads[0], b"x-request-id") == b"my-request.0001"


async def test_what_a_service_says_of_itself_ends_here(service: FakeService) -> None:
    fields = (
        b"server: uvicorn\r\nx-powered-by: python\r\nconnection: x-hop\r\nx-hop: 1\r\n"
        b'keep-alive: timeout=5\r\nx-request-id: other\r\netag: "1"\r\nset-cookie: a=1\r\n'
        b"set-cookie: b=2\r\n"
    )

    async def script(conversation: Conversation) -> None:
        await conversation.request()
        await conversation.answer(fields=fields)

    service.script = script
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.get("/v1/products/x")
    assert not {"server", "x-powered-by", "x-hop", "keep-alive"} & answer.headers.keys()
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert len(answer.headers.get_list("x-request-id")) == 1
    assert len(answer.headers.get_list("date")) == 1
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "PURGE"])
async def test_methods_that_nobody_needs_are_refused(service: FakeService, method: str) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.request(method, "/v1/products/x")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert service.heads == []


async def test_connect_opens_no_tunnel(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        raw = b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nhost: x\r\n\r\n" % service.port
        received = await talk(gateway.port, raw + b"GET / HTTP/1.1\r\n\r\n", seconds=2)
    assert status_of(received) == 400
    assert service.connections == 0


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /v1/products/" + b"x" * 9000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n", 414),
        (HEAD + b"x: " + b"y" * 40_000 + b"\r\n\r\n", 431),
        (HEAD + b"x: " + b"y" * 400_000, 431),
        (HEAD + b"x: y\r\n" * 101 + b"\r\n", 431),
    ],
)
async def test_heads_have_a_limit(service: FakeService, raw: bytes, status: int) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        received = await talk(gateway.port, raw, seconds=3)
    assert status_of(received) == status
    assert b"connection: close" in received
    assert service.heads == []


async def test_a_body_of_exactly_the_limit_passes(service: FakeService) -> None:
    body = bytes(range(256)) * 4096
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.post("/v1/carts", content=body)
        assert answer.status_code == 200

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, MIB, 100_000):
                yield body[start : start + 100_000]

        assert (await gateway.client.post("/v1/carts", content=pieces())).status_code == 200
    assert service.bodies == [body, body]


async def test_a_body_over_the_limit_is_refused_by_its_length(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        answer = await gateway.client.post("/v1/carts", content=b"x" * (4 * MIB))
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
        assert answer.headers["connection"] == "close"
        assert (await gateway.client.get("/v1/products/x")).status_code == 200
    assert [head.split()[0] for head in service.heads] == [b"GET"]


async def test_only_uploads_of_pictures_may_be_larger(service: FakeService) -> None:
    picture = b"x" * (3 * MIB)
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        path = "/v1/media-uploads/x.png?size=1"
        assert (await gateway.client.put(path, content=picture)).status_code == 200
        for longer in ("/v1/picture-uploads/x", "/v1/media/x", "/v1/products/x"):
            assert (await gateway.client.put(longer, content=picture)).status_code == 413
        beyond = await gateway.client.put(path, content=b"x" * (10 * MIB + 1))
        assert beyond.status_code == 413
    assert service.bodies == [picture]


async def test_a_chunked_body_over_the_limit_is_refused_on_the_way(service: FakeService) -> None:
    chunk = b"%x\r\n%b\r\n" % (100_000, b"x" * 100_000)
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        head = b"POST /v1/carts HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
        received = await talk(gateway.port, head + chunk * 40, seconds=4)
        assert status_of(received) == 413
        assert b"/problems/body-too-large" in received
        await asyncio.wait_for(service.ended.wait(), 2)
    assert service.bodies == []


async def test_who_expects_to_continue_with_too_much_is_told_at_once(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        raw = b"POST /v1/carts HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n"
        received = await talk(gateway.port, raw + b"content-length: 9999999\r\n\r\n", seconds=3)
    assert status_of(received) == 413
    assert b"100 Continue" not in received


async def test_a_body_that_comes_too_slowly_is_given_up(service: FakeService) -> None:
    async with RunningGateway(upstreams=everything_at(service), body_seconds=0.3) as gateway:
        raw = b"POST /v1/carts HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nabc"
        received = await talk(gateway.port, raw, seconds=4)
    assert status_of(received) == 408
    assert service.bodies == []


async def test_an_upgrade_is_answered_as_if_it_was_not_asked_for(service: FakeService) -> None:
    raw = HEAD + b"connection: upgrade\r\nupgrade: websocket\r\n\r\n"
    async with RunningGateway(upstreams=everything_at(service)) as gateway:
        received = await talk(gateway.port, raw, seconds=2)
    assert status_of(received) == 200
    assert field_of(service.heads[0], b"upgrade") is None
