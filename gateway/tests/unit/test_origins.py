"""Pages of which origins may read our answers, and open sockets."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.edge.origins import Origins
from gateway.settings import GatewaySettings

APP = "https://app.example"
FOREIGN = [
    *("https://evil.example", "https://app.example.evil", "http://app.example", "null", "*", ""),
    *("https://app.example:8443", "https://app.example/", "https://APP.example", APP + " "),
]


def asking(origin: str) -> list[tuple[bytes, bytes]]:
    return [(b"origin", origin.encode()), (b"access-control-request-method", b"DELETE")]


def test_an_origin_of_the_list_is_named_and_no_cookies_are_let_in() -> None:
    origins = Origins([APP])
    answer = dict(origins.fields(asking(APP)))
    assert answer[b"access-control-allow-origin"] == APP.encode()
    assert b"ETag" in answer[b"access-control-expose-headers"]
    assert answer[b"vary"] == b"Origin"
    permission = dict(origins.preflight(asking(APP)) or [])
    assert permission[b"access-control-allow-origin"] == APP.encode()
    assert b"DELETE" in permission[b"access-control-allow-methods"]
    assert b"Idempotency-Key" in permission[b"access-control-allow-headers"]
    for fields in (answer, permission):
        assert b"access-control-allow-credentials" not in fields
        assert b"*" not in fields.values()


def test_a_page_of_the_list_may_send_every_field_that_a_service_reads() -> None:
    services = Path(__file__).parents[3] / "services"
    sources = (path.read_text() for path in services.glob("*/src/*/api/*.py"))
    read = {name for text in sources for name in re.findall(r'Header\(\s*alias="([^"]+)"', text)}
    assert {"If-Match", "Prefer", "Last-Event-ID"} <= read
    allowed = dict(Origins([APP]).preflight(asking(APP)) or [])[b"access-control-allow-headers"]
    assert read <= set(allowed.decode().split(", "))


@pytest.mark.parametrize("origin", FOREIGN)
def test_foreign_origins_get_nothing_but_vary(origin: str) -> None:
    origins = Origins([APP])
    assert origins.fields(asking(origin)) == [(b"vary", b"Origin")]
    assert [name for name, _ in origins.preflight(asking(origin)) or []] == [b"vary"]
    assert not origins.may_open_socket(asking(origin))


def test_two_origins_are_none() -> None:
    origins = Origins([APP])
    both = [(b"origin", APP.encode()), *asking("https://evil.example")]
    assert origins.fields(both) == [(b"vary", b"Origin")]
    assert origins.preflight(both) is None
    assert not origins.may_open_socket(both)


def test_without_a_list_answers_do_not_vary() -> None:
    assert Origins().fields(asking(APP)) == []


def test_an_options_that_asks_nothing_is_for_the_service() -> None:
    assert Origins([APP]).preflight([(b"origin", APP.encode())]) is None
    assert Origins([APP]).preflight([(b"access-control-request-method", b"PUT")]) is None


def test_sockets_are_for_our_own_pages_the_list_and_programs() -> None:
    origins = Origins([APP], own=["https://shop.example"])
    assert origins.may_open_socket(asking(APP))
    assert origins.may_open_socket(asking("https://shop.example"))
    assert origins.may_open_socket([])


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "https://a.example/", "https://*.example", "a.example", "https://A.example", ""],
)
def test_settings_take_exact_origins_only(origin: str) -> None:
    with pytest.raises(ValidationError):
        GatewaySettings(cors_origins=frozenset({origin}))


def test_settings_take_origins_as_browsers_write_them() -> None:
    listed = frozenset({APP, "http://localhost:5173", "http://[::1]:3000"})
    assert GatewaySettings(cors_origins=listed).cors_origins == listed
