"""Settings that would weaken a shop stop the start."""

import base64
import json
from typing import Any

import pytest
from pydantic import ValidationError

from auth.application.seed import swagger_client
from auth.settings import AuthSettings
from services.auth.tests.operator_key import OperatorKey

KEY = base64.b64encode(bytes(32)).decode()


def production(**settings: object) -> AuthSettings:
    """Returns settings that production takes, but for these."""
    given: dict[str, Any] = {"environment": "production", "key_encryption_key": KEY, **settings}
    return AuthSettings(**given)


def test_the_demo_is_refused_in_production() -> None:
    with pytest.raises(ValidationError, match="SOUK_SEED_DEMO"):
        production(seed_demo=True)
    assert production().seed_demo is False
    assert AuthSettings(environment="development", seed_demo=True).seed_demo


def test_the_operators_key_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, operator_key: OperatorKey
) -> None:
    monkeypatch.setenv("SOUK_OPERATOR_JWK", json.dumps(operator_key.public))
    assert AuthSettings().operator_jwk == operator_key.public
    monkeypatch.setenv("SOUK_OPERATOR_JWK", "")
    assert AuthSettings().operator_jwk is None


def test_production_wants_a_key_of_its_own_to_encrypt_keys_with() -> None:
    with pytest.raises(ValidationError, match="key_encryption_key still has its default"):
        AuthSettings(environment="production")
    assert production().encryption_keys == [bytes(32)]
    other = base64.b64encode(b"o" * 32).decode()
    both = production(key_encryption_key=f"{other}, {KEY}")
    assert both.encryption_keys == [b"o" * 32, bytes(32)]


@pytest.mark.parametrize("text", ["", "secret", "AAAA", f"{KEY},"])
def test_what_is_no_key_of_32_bytes_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        production(key_encryption_key=text)


@pytest.mark.parametrize(
    "key",
    ["{", "[]", '{"kty": "oct", "k": "x"}', '{"kty": "RSA", "n": "x", "e": "AQAB", "d": "x"}'],
)
def test_a_key_that_is_not_public_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("SOUK_OPERATOR_JWK", key)
    with pytest.raises(ValueError):
        AuthSettings()


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        ("http://localhost:9000", ["http://localhost:9000", "http://127.0.0.1:9000"]),
        ("http://127.0.0.1:9000", ["http://127.0.0.1:9000"]),
    ],
)
def test_swagger_ui_may_come_back_to_both_names_of_this_machine(
    issuer: str, expected: list[str]
) -> None:
    redirects = [f"{origin}/docs/oauth2-redirect" for origin in expected]
    assert list(swagger_client(issuer).redirect_uris) == redirects


PARTNER = {"id": "partner", "name": "P", "issuer": "https://id.example", "client_id": "souk"}


def test_identity_providers_are_read_from_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUK_IDENTITY_PROVIDERS", json.dumps([{**PARTNER, "client_secret": "s3"}]))
    (provider,) = AuthSettings(environment="test").identity_providers
    assert (provider.issuer, provider.client_secret) == ("https://id.example", "s3")
    assert "s3" not in repr(AuthSettings(environment="test"))


@pytest.mark.parametrize(
    ("providers", "complaint"),
    [
        ([{**PARTNER, "id": "../x"}], "small letters"),
        ([PARTNER, {**PARTNER, "issuer": "https://other.example"}], "twice"),
        ([PARTNER, {**PARTNER, "id": "other"}], "twice"),
        ([{**PARTNER, "issuer": "http://id.example"}], "without https"),
        ([{"id": "partner"}], "issuer"),
    ],
)
def test_a_provider_that_would_weaken_the_shop_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, providers: list[dict[str, str]], complaint: str
) -> None:
    monkeypatch.setenv("SOUK_IDENTITY_PROVIDERS", json.dumps(providers))
    monkeypatch.setenv("SOUK_KEY_ENCRYPTION_KEY", base64.b64encode(b"k" * 32).decode())
    with pytest.raises(ValidationError, match=complaint):
        AuthSettings(environment="production")
