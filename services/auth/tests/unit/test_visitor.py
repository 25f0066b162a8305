"""Where a request comes from, and how often somebody there may try."""

import pytest
from fastapi import Request

from auth.api.visitor import visitor_of
from auth.domain.throttling import SIGN_IN_ADDRESS, by_address
from auth.settings import AuthSettings

PROXIES = AuthSettings(environment="test").trusted_proxies


def request(peer: str | None, **headers: str) -> Request:
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    client = (peer, 1) if peer is not None else None
    return Request({"type": "http", "headers": fields, "client": client})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("127.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.9", "192.0.2.7", "192.0.2.9"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        (None, "192.0.2.7", ""),
    ],
)
def test_only_the_gateway_is_believed(peer: str | None, forwarded: str, address: str) -> None:
    found = visitor_of(request(peer, x_forwarded_for=forwarded), PROXIES)
    assert found.address == address


def test_a_browsers_name_is_kept_short_and_printable() -> None:
    agent = "Firefox\x1b[31m" + "x" * 500
    found = visitor_of(request("127.0.0.1", user_agent=agent), PROXIES)
    assert found.user_agent.startswith("Firefox[31mx")
    assert len(found.user_agent) == 200


def test_one_host_of_ipv6_cannot_count_as_many() -> None:
    one, same, other = (
        by_address(SIGN_IN_ADDRESS, text)
        for text in ("2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1")
    )
    assert one == same != other


def test_no_address_is_kept_in_a_count() -> None:
    assert "192.0.2.7" not in by_address(SIGN_IN_ADDRESS, "192.0.2.7").key
    assert by_address(SIGN_IN_ADDRESS, "nonsense") == by_address(SIGN_IN_ADDRESS, "nonsense")
