"""Whose word is taken for the client's address, and how much of it."""

from ipaddress import ip_network
from typing import Any

import pytest

from gateway.edge.proxies import Proxies

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]


def client(peer: str, field: str, *values: str, believed: str = "x-forwarded-for") -> Any:
    headers = [(field.encode(), value.encode()) for value in values]
    scope: dict[str, Any] = {"client": (peer, 9), "headers": headers}
    proxies = Proxies(TRUSTED, believed)
    proxies.find_client(scope)
    proxies.find_client(scope)
    return scope["client"][0]


@pytest.mark.parametrize(
    ("values", "address"),
    [
        ([], "10.0.0.1"),
        (["198.51.100.7"], "198.51.100.7"),
        (["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
        (["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
        (["1.1.1.1, 198.51.100.7, 10.9.9.9"], "198.51.100.7"),
        (["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        (["198.51.100.7:4711"], "198.51.100.7"),
        (["[2001:beef::1]:443"], "2001:beef::1"),
        (["2001:beef::1"], "2001:beef::1"),
        (["198.51.100.7, unknown"], "10.0.0.1"),
        (["198.51.100.7, "], "10.0.0.1"),
        (["198.51.100.7, <script>, 10.2.2.2"], "10.2.2.2"),
        (["1.2.3.4.5"], "10.0.0.1"),
        (["\r\nx: y"], "10.0.0.1"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_is_the_client(
    values: list[str], address: str
) -> None:
    assert client("10.0.0.1", "x-forwarded-for", *values) == address


@pytest.mark.parametrize("peer", ["198.51.100.9", "127.0.0.1", "2001:db9::1", "unix"])
def test_nobody_else_is_believed(peer: str) -> None:
    assert client(peer, "x-forwarded-for", "1.1.1.1") == peer
    assert client(peer, "forwarded", "for=1.1.1.1", believed="forwarded") == peer


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("for=198.51.100.7", "198.51.100.7"),
        ('For="[2001:beef::1]:4711";proto=https', "2001:beef::1"),
        ("by=10.0.0.1; for=198.51.100.7;host=x", "198.51.100.7"),
        ("for=1.1.1.1, for=198.51.100.7", "198.51.100.7"),
        ("for=_hidden", "10.0.0.1"),
        ("xfor=1.1.1.1", "10.0.0.1"),
        ("proto=https", "10.0.0.1"),
    ],
)
def test_forwarded_is_read_as_rfc_7239_has_it(value: str, address: str) -> None:
    assert client("10.0.0.1", "forwarded", value, believed="forwarded") == address


def test_the_field_that_the_proxies_do_not_write_means_nothing() -> None:
    assert client("10.0.0.1", "forwarded", "for=1.1.1.1") == "10.0.0.1"
    assert client("10.0.0.1", "x-forwarded-for", "1.1.1.1", believed="forwarded") == "10.0.0.1"
