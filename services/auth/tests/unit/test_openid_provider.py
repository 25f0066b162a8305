"""What another provider may answer, and everything for which nobody gets in."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from auth.adapters.openid_provider import MAX_BYTES, OpenIdProviders
from auth.application.foreign_sign_in import Departure, new_departure
from auth.application.protocol import s256_challenge
from auth.domain.identity_provider import (
    ForeignIdentity,
    ForeignSignInRefused,
    IdentityProvider,
    ProviderAway,
)
from services.auth.tests.fakes import NOON

ISSUER = "https://id.example"
PROVIDER = IdentityProvider("partner", "Partner", ISSUER, "souk", "a secret")
CALLBACK = "https://shop.example/oauth/sign-in/providers/{provider_id}/callback"
ANSWER = {"code": "c", "iss": ISSUER}
Change = dict[str, Any]


class Partner:
    """A provider at the other end of httpx; the test spoils what it answers."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1"})
        self.metadata: Change = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "jwks_uri": f"{ISSUER}/keys",
            "authorization_response_iss_parameter_supported": True,
        }
        self.claims: Change = {}
        self.person: Change = {
            "sub": "ada-1",
            "email": "ada@example.com",
            "email_verified": True,
            "name": "Ada",
        }
        self.sign: Callable[[Change], str] = lambda claims: jwt.encode(
            {"alg": "RS256", "kid": "k1"}, claims, self.key
        )
        self.asked: list[httpx.Request] = []
        self.override: dict[str, httpx.Response] = {}

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        if path in self.override:
            return self.override[path]
        if path == "/token":
            tokens = {"access_token": "at", "id_token": self.sign(self.claims)}
            return httpx.Response(200, json=tokens)
        documents: dict[str, Change] = {
            "/.well-known/openid-configuration": self.metadata,
            "/keys": {"keys": [self.key.as_dict(private=False)]},
            "/userinfo": self.person,
        }
        return httpx.Response(200, json=documents[path])


@pytest.fixture(scope="module")
def key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "k1"})


@pytest.fixture
def partner(key: RSAKey, monkeypatch: pytest.MonkeyPatch) -> Partner:
    monkeypatch.setattr(RSAKey, "generate_key", lambda *_args, **_more: key)
    return Partner()


@pytest.fixture
def providers(partner: Partner) -> OpenIdProviders:
    return OpenIdProviders([PROVIDER], CALLBACK, httpx.MockTransport(partner.answer))


@pytest.fixture
def departure(partner: Partner) -> Departure:
    found = new_departure("partner", {}, NOON)
    now = int(time.time())
    partner.claims = {
        "iss": ISSUER,
        "aud": "souk",
        "sub": "ada-1",
        "nonce": found.nonce,
        "iat": now,
        "exp": now + 300,
    }
    return found


async def test_the_browser_is_sent_with_pkce_state_and_nonce(
    providers: OpenIdProviders, departure: Departure
) -> None:
    url = urlsplit(await providers.authorization_url(departure))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.netloc == "id.example"
    assert query == {
        "response_type": "code",
        "client_id": "souk",
        "redirect_uri": CALLBACK.format(provider_id="partner"),
        "scope": "openid email profile",
        "state": departure.state,
        "nonce": departure.nonce,
        "code_challenge": s256_challenge(departure.verifier),
        "code_challenge_method": "S256",
    }


async def test_a_right_answer_says_who_it_is(
    providers: OpenIdProviders, departure: Departure, partner: Partner
) -> None:
    identity = await providers.identity(departure, ANSWER)
    assert identity == ForeignIdentity(ISSUER, "ada-1", "ada@example.com", "Ada")
    redeemed = next(request for request in partner.asked if request.url.path == "/token")
    form = {name: values[0] for name, values in parse_qs(redeemed.content.decode()).items()}
    assert form["code_verifier"] == departure.verifier
    assert redeemed.headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": ["souk", "another client"]},
        {"azp": "another client"},
        {"nonce": "another nonce"},
        {"nonce": None},
        {"exp": int(time.time()) - 3600},
        {"iat": None},
        {"sub": None},
        {"sub": "bob-2"},
    ],
)
async def test_an_id_token_that_is_not_right_opens_nothing(
    providers: OpenIdProviders, departure: Departure, partner: Partner, change: Change
) -> None:
    claims = partner.claims | change
    partner.claims = {name: value for name, value in claims.items() if value is not None}
    with pytest.raises(ForeignSignInRefused):
        await providers.identity(departure, ANSWER)


async def test_an_id_token_that_others_signed_opens_nothing(
    providers: OpenIdProviders, departure: Departure, partner: Partner
) -> None:
    shared = OctKey.import_key(json.dumps(partner.key.as_dict(private=False)))
    forgeries: list[Callable[[Change], str]] = [
        lambda claims: jwt.encode({"alg": "HS256", "kid": "k1"}, claims, shared),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "k1"}, claims, partner.key)[:-8] + "AAAA",
        lambda _claims: "eyJhbGciOiJub25lIn0.e30.",
        lambda _claims: "no token",
    ]
    for forge in forgeries:
        partner.sign = forge
        with pytest.raises(ForeignSignInRefused):
            await providers.identity(departure, ANSWER)


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "c", "iss": "https://evil.example"},
        {"code": "c"},
        {"iss": ISSUER},
        {"error": "access_denied", "iss": ISSUER},
    ],
)
async def test_an_answer_from_elsewhere_or_without_a_code_is_refused(
    providers: OpenIdProviders, departure: Departure, partner: Partner, answer: dict[str, str]
) -> None:
    with pytest.raises(ForeignSignInRefused):
        await providers.identity(departure, answer)
    assert all(request.url.path != "/token" for request in partner.asked)


@pytest.mark.parametrize(
    ("change", "email"),
    [
        ({}, "ada@example.com"),
        ({"email_verified": False}, None),
        ({"email_verified": "true"}, None),
    ],
)
async def test_an_address_counts_only_where_the_provider_vouches_for_it(
    providers: OpenIdProviders,
    departure: Departure,
    partner: Partner,
    change: Change,
    email: str | None,
) -> None:
    partner.person |= change
    assert (await providers.identity(departure, ANSWER)).email == email


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500),
        httpx.Response(302, headers={"location": "http://127.0.0.1:8083/"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"[]"),
        httpx.Response(200, content=b" " * (MAX_BYTES + 1)),
        httpx.Response(200, json={"issuer": "https://evil.example"}),
    ],
)
async def test_a_provider_that_does_not_answer_properly_counts_as_away(
    providers: OpenIdProviders, departure: Departure, partner: Partner, response: httpx.Response
) -> None:
    partner.override["/.well-known/openid-configuration"] = response
    with pytest.raises(ProviderAway):
        await providers.authorization_url(departure)
    assert [request.url.host for request in partner.asked] == ["id.example"]


@pytest.mark.parametrize(
    "change",
    [
        {"authorization_endpoint": None},
        {"token_endpoint": None},
        {"userinfo_endpoint": None},
        {"jwks_uri": 7},
    ],
    ids=str,
)
async def test_a_provider_that_does_not_say_where_to_go_counts_as_away(
    providers: OpenIdProviders, departure: Departure, partner: Partner, change: Change
) -> None:
    changed = partner.metadata | change
    partner.metadata = {name: value for name, value in changed.items() if value is not None}
    with pytest.raises(ProviderAway):
        await providers.authorization_url(departure)
        await providers.identity(departure, ANSWER)


async def test_keys_that_we_do_not_know_stand_in_nobodys_way(
    providers: OpenIdProviders, departure: Departure, partner: Partner
) -> None:
    """RFC 7517 §5: they are ignored, since a provider may have them for others."""
    known = partner.key.as_dict(private=False)
    others = [{"kty": "AKP", "kid": "k2", "alg": "ML-DSA-44", "pub": "AA"}, {"kid": "k3"}, "k4"]
    partner.override["/keys"] = httpx.Response(200, json={"keys": [*others, known]})
    assert (await providers.identity(departure, ANSWER)).subject == "ada-1"


async def test_an_access_token_that_no_header_can_hold_opens_nothing(
    providers: OpenIdProviders, departure: Departure, partner: Partner
) -> None:
    tokens = {"access_token": "\u00e9\n", "id_token": partner.sign(partner.claims)}
    partner.override["/token"] = httpx.Response(200, json=tokens)
    with pytest.raises((ForeignSignInRefused, ProviderAway)):
        await providers.identity(departure, ANSWER)


async def test_a_subject_that_no_table_can_hold_is_nobody(
    providers: OpenIdProviders, departure: Departure, partner: Partner
) -> None:
    partner.claims |= {"sub": "ada\0"}
    partner.person |= {"sub": "ada\0"}
    with pytest.raises(ForeignSignInRefused):
        await providers.identity(departure, ANSWER)
