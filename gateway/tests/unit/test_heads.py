"""Heads of requests and answers on their way through."""

import pytest

from gateway.edge.hosts import Hosts
from gateway.edge.problems import Refusal
from gateway.edge.request_head import read_head
from gateway.edge.response_head import SecurityFields, answer_fields
from gateway.edge.tracing import UnrecordedTrace
from gateway.upstream.errors import MalformedAnswer

SCOPE = {
    "method": "GET",
    "raw_path": b"/v1/orders",
    "query_string": b"limit=1",
    "client": ("10.0.0.7", 1234),
    "scheme": "http",
}


def test_a_head_is_written_with_what_we_say_ourselves() -> None:
    trace = UnrecordedTrace()
    head = read_head([(b"host", b"x"), (b"accept", b"a/b"), (b"authorization", b"Bearer t")])
    lines = head.render(SCOPE, b"localhost", trace).decode().split("\r\n")
    assert lines[:4] == [
        "GET /v1/orders?limit=1 HTTP/1.1",
        "host: localhost",
        "accept: a/b",
        "authorization: Bearer t",
    ]
    assert "x-forwarded-for: 10.0.0.7" in lines
    assert f"traceparent: {trace.traceparent.decode()}" in lines
    assert lines[-2:] == ["", ""]


@pytest.mark.parametrize(
    ("fields", "has_body"),
    [
        ([], False),
        ([(b"content-length", b"0")], False),
        ([(b"content-length", b"5")], True),
        ([(b"transfer-encoding", b"Chunked")], True),
    ],
)
def test_whether_a_body_follows_is_read_from_the_framing(
    fields: list[tuple[bytes, bytes]], has_body: bool
) -> None:
    assert read_head(fields).has_body is has_body


@pytest.mark.parametrize(
    "fields",
    [
        [(b"host", b"a"), (b"host", b"a")],
        [(b"authorization", b"a"), (b"authorization", b"b")],
        [(b"content-length", b"1"), (b"content-length", b"1")],
        [(b"content-length", b"1x")],
        [(b"transfer-encoding", b"gzip")],
        [(b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")],
        [(b"connection", b"Host")],
        [(b"connection", b"close, Cart-Token")],
    ],
)
def test_ambiguous_heads_are_refused(fields: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(Refusal):
        read_head(fields)


def test_fields_named_by_several_connection_fields_are_dropped() -> None:
    fields = [
        (b"connection", b"x-a"),
        (b"x-a", b"1"),
        (b"connection", b"X-B, close"),
        (b"x-b", b""),
    ]
    assert read_head([*fields, (b"x-c", b"3")]).lines[1:] == [b"x-c: 3\r\n"]


@pytest.mark.parametrize(
    ("value", "kept"),
    [(b"request-00000001", True), (b"short", False), (b"a" * 65, False), (b"bad id here", False)],
)
def test_only_a_sane_request_id_is_kept(value: bytes, kept: bool) -> None:
    assert (read_head([(b"x-request-id", value)]).request_id is not None) is kept


def test_an_answer_keeps_what_is_end_to_end() -> None:
    fields = [
        (b"date", b"now"),
        (b"etag", b'"1"'),
        (b"transfer-encoding", b"chunked"),
        (b"connection", b"keep-alive"),
        (b"set-cookie", b"a"),
    ]
    assert answer_fields(fields) == [(b"etag", b'"1"'), (b"set-cookie", b"a")]


def test_an_answer_in_a_coding_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(MalformedAnswer):
        answer_fields([(b"transfer-encoding", b"gzip, chunked")])


@pytest.mark.parametrize(
    ("fields", "policy"),
    [
        ([(b"content-type", b"application/json")], b"default-src 'none'; frame-ancestors 'none'"),
        ([(b"content-security-policy", b"own")], None),
    ],
)
def test_a_page_may_bring_its_own_policy(
    fields: list[tuple[bytes, bytes]], policy: bytes | None
) -> None:
    added = dict(SecurityFields(strict_transport=False).for_answer(fields))
    assert added.get(b"content-security-policy") == policy
    assert added[b"x-content-type-options"] == b"nosniff"
    assert b"strict-transport-security" not in added


def test_production_insists_on_https() -> None:
    added = dict(SecurityFields(strict_transport=True).for_answer([]))
    assert added[b"strict-transport-security"] == b"max-age=31536000"


def test_a_page_of_a_service_may_use_its_own_files_only() -> None:
    fields = [(b"content-type", b"text/html; charset=utf-8")]
    added = dict(SecurityFields(strict_transport=False).for_answer(fields))
    assert added[b"content-security-policy"].startswith(b"default-src 'self'")


@pytest.mark.parametrize(
    "host",
    [
        *(b"shop.example", b"SHOP.example", b"shop.example:443", b"extra.example"),
        *(b"localhost:8080", b"127.0.0.1:8080", b"[::1]:8080"),
    ],
)
def test_names_of_ours_are_passed_on(host: bytes) -> None:
    hosts = Hosts("https://shop.example", 8080, ["extra.example"])
    assert hosts.check(host) == host
    assert hosts.knows([(b"host", host)])


@pytest.mark.parametrize(
    "host",
    [
        *(b"", b"evil.example", b"shop.example.evil", b"shop.example:444", b"shop.example."),
        *(b"localhost:8080@evil", b"localhost, evil", b"shop.example/", b"127.0.0.1:80"),
    ],
)
def test_foreign_names_are_refused(host: bytes) -> None:
    hosts = Hosts("https://shop.example", 8080)
    with pytest.raises(Refusal) as caught:
        hosts.check(host)
    assert caught.value.problem.status == 421
    assert not hosts.knows([(b"host", host)])
    assert not hosts.knows([(b"host", b"shop.example"), (b"host", host)])


def test_a_request_without_host_is_refused() -> None:
    with pytest.raises(Refusal):
        Hosts("https://shop.example", 8080).check(None)
