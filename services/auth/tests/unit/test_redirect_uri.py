"""Addresses that a client may register, and those that a browser or a person could be fooled by."""

import pytest

from auth.domain.redirect_uri import fault_of

GOOD = [
    "https://app.example/callback",
    "https://app.example:8443/a/b?fixed=1&x=%20",
    "https://xn--bcher-kva.example/",
    "http://localhost:8080/docs/oauth2-redirect",
    "http://127.0.0.1:49152/",
    "http://[::1]:49152/callback",
]
BAD = [
    "",
    "app.example/callback",
    "/callback",
    "//app.example/callback",
    "http://app.example/callback",
    "http://localhost.evil.example/",
    "http://127.0.0.2/",
    "ftp://app.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "com.example.app:/callback",
    "HTTPS://app.example/",
    "https://APP.example/",
    "https://app.example/#fragment",
    "https://app.example/#",
    "https://*.app.example/",
    "https://app.example/*",
    "https://user@app.example/",
    "https://app.example@evil.example/",
    "https://app.example\\@evil.example/",
    "https://app.example /",
    "https://app.example/\n",
    "https://app.example/ä",
    "https://app.example/a/../b",
    "https://app.example/a/%2e%2e/b",
    "https://app.example/./a",
    "https://:443/",
    "https://app.example:port/",
    "https://app.example:/",
    "https://[::2]/",
    "https:app.example/",
    "https:///callback",
    "https://app.example/" + "a" * 512,
]


@pytest.mark.parametrize("uri", GOOD)
def test_plain_addresses_may_be_registered(uri: str) -> None:
    assert fault_of(uri) is None


@pytest.mark.parametrize("uri", BAD, ids=repr)
def test_other_addresses_may_not(uri: str) -> None:
    assert fault_of(uri)
