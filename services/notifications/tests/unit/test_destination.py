"""Where a webhook may go: an address that could be ours is refused in whatever dress it comes."""

from ipaddress import ip_network

import pytest

from notifications.domain.destination import Destination, Guard, is_address
from notifications.domain.errors import UrlRefused

PUBLIC = Guard()
LOOPBACK = Guard((ip_network("127.0.0.0/8"), ip_network("::1/128")), plain=True)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "100.64.0.1", "198.18.0.1", "255.255.255.255", "224.0.0.1", "240.0.0.1"),
        # What clouds tell their machines, secrets among it.
        *("169.254.169.254", "192.0.0.192", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1"),
        # IPv4 in the dress of IPv6: mapped, compatible, translated, 6to4, Teredo.
        *("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "::ffff:0:10.0.0.1"),
        *("64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:a9fe:a9fe::1", "2001:0:1::1"),
        *("2001:db8::1", "203.0.113.7", "3fff::1", "5f00::1"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not PUBLIC.permits(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00::1"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert PUBLIC.permits(address)


def test_the_settings_can_allow_networks_and_nothing_beside_them() -> None:
    assert LOOPBACK.permits("127.0.0.1") and LOOPBACK.permits("::ffff:127.0.0.1")
    assert LOOPBACK.permits("::1") and not LOOPBACK.permits("10.0.0.1")


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://m.example", ("https", "m.example", 443, "/")),
        ("https://m.example/in?a=b@c", ("https", "m.example", 443, "/in?a=b@c")),
        ("https://m.example?a", ("https", "m.example", 443, "/?a")),
        ("https://m.example:8443/in", ("https", "m.example", 8443, "/in")),
        ("https://[2606:4700::1111]/in", ("https", "2606:4700::1111", 443, "/in")),
    ],
)
def test_an_url_is_taken_apart_once(url: str, parts: tuple[str, str, int, str]) -> None:
    assert PUBLIC.destination(url) == Destination(*parts)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://m.example/in",
            "ftp://m.example",
            "HTTPS://m.example",
            "https:///in",
            "m.example",
        ),
        *("https://user:pw@m.example/", "https://user@m.example/", "https://m.example@10.0.0.1/"),
        *("https://m.example/#top", "https://m.example\\@10.0.0.1/", "https://m.example/ in"),
        *("https://m.example/in\r\nHost: x", "https://bücher.example", "https://m.example:0/"),
        *("https://m.example:65536/", "https://m.example:1e3/", "https://[::1", "", "m.example"),
        *("https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/meta-data"),
        *("https://[::ffff:10.0.0.1]/", "https://m.example/" + "a" * 2000),
    ],
)
def test_what_is_no_harmless_url_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        PUBLIC.destination(url)


def test_without_tls_only_where_the_settings_allow_it() -> None:
    assert LOOPBACK.destination("http://127.0.0.1:9/in").port == 9


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost"])
def test_other_forms_of_an_address_are_names_which_are_judged_when_they_are_resolved(
    host: str,
) -> None:
    assert not is_address(host)
