"""The verifier takes what auth signs, for as long as it lasts, and remembers it no longer."""

import time
from typing import Any

import pytest

from chassis.claims import InvalidToken
from chassis.testing import AUDIENCE, ISSUER, StaticJwks, TokenMint, signing_key
from chassis.tokens import PublicKey, SigningKey, TokenVerifier, thumbprint


class CountingJwks(StaticJwks):
    """Counts questions, and can lose its keys."""

    def __init__(self, *keys: SigningKey) -> None:
        super().__init__(key.public_jwk() for key in keys)
        self.asked = 0

    async def key(self, kid: str) -> PublicKey | None:
        self.asked += 1
        return await super().key(kid)

    def forget(self) -> None:
        self._keys.clear()


async def refusal(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(InvalidToken) as caught:
        await verifier.verify(token)
    return str(caught.value)


async def test_a_genuine_token_tells_who_calls_and_what_they_may() -> None:
    mint = TokenMint()
    token = mint.mint(
        "someone", {"things:read", "things:write"}, ["customer"], act={"sub": "robot"}, grant="g"
    )
    claims = await mint.verifier.verify(token)
    assert (claims.subject, claims.client_id, claims.actor) == ("someone", "test", "robot")
    assert claims.grant == "g"
    assert claims.scopes == {"things:read", "things:write"}
    assert claims.roles == {"customer"}
    assert claims.expires_at - claims.issued_at == 300


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "exp", "iat", "jti", "client_id"])
async def test_a_token_without_a_required_claim_is_refused(name: str) -> None:
    mint = TokenMint()
    missing: dict[str, Any] = {name: None}
    subject = missing.pop("sub", "someone")
    await refusal(mint.verifier, mint.mint(subject, **missing))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "others"},
        {"aud": ["others"]},
        {"exp": "2000000000"},
        {"exp": 2e9},
        {"exp": True},
        {"jti": ""},
        {"jti": 7},
        {"client_id": "x" * 256},
        {"scope": ["things:read"]},
        {"roles": [1]},
        {"act": "robot"},
        {"act": {}},
        {"grant": ""},
        {"grant": 7},
    ],
    ids=str,
)
async def test_a_signed_token_with_a_wrong_claim_is_refused(claims: dict[str, Any]) -> None:
    mint = TokenMint()
    await refusal(mint.verifier, mint.mint(**claims))


@pytest.mark.parametrize(
    "offsets",
    [
        {"iat": 60},
        {"iat": 300, "exp": 600},
        {"nbf": 60},
        {"iat": -60, "exp": -6},
        {"iat": -600, "exp": -300},
        {"iat": 0, "exp": 0},
    ],
    ids=str,
)
async def test_a_token_is_refused_before_and_after_its_time(offsets: dict[str, int]) -> None:
    mint, now = TokenMint(), int(time.time())
    times: dict[str, Any] = {name: now + offset for name, offset in offsets.items()}
    await refusal(mint.verifier, mint.mint(**times))


async def test_an_audience_may_be_one_of_several() -> None:
    mint = TokenMint()
    assert await mint.verifier.verify(mint.mint(aud=["others", AUDIENCE]))


async def test_clocks_may_differ_by_a_few_seconds() -> None:
    mint, now = TokenMint(), int(time.time())
    assert await mint.verifier.verify(mint.mint(iat=now + 3, exp=now + 60))
    assert await mint.verifier.verify(mint.mint(iat=now - 60, exp=now - 2))


async def test_a_token_of_another_key_is_refused() -> None:
    mint = TokenMint()
    claims = {"iss": ISSUER, "aud": AUDIENCE}
    unknown = signing_key("other").sign(claims)
    assert "not ours" in await refusal(mint.verifier, unknown)
    imposter = SigningKey(signing_key("other").pem, kid=mint.key.kid)
    assert "signature" in await refusal(mint.verifier, imposter.sign(claims))


async def test_a_token_of_more_than_eight_kibibytes_is_refused_unread() -> None:
    mint = TokenMint()
    room = (8192 - len(mint.mint(pad=""))) * 3 // 4
    fits, too_long = (mint.mint(pad="x" * (room + more)) for more in (-2, 4))
    assert 8180 < len(fits) <= 8192 < len(too_long) < 8204
    assert await mint.verifier.verify(fits)
    assert "not a token" in await refusal(mint.verifier, too_long)


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c.d", "é.b.c", "\ud800", "..", " a.b.c"])
async def test_other_texts_are_refused(text: str) -> None:
    await refusal(TokenMint().verifier, text)


async def test_a_remembered_token_is_refused_once_it_expires() -> None:
    mint, now = TokenMint(), time.time()
    moment = [now]
    jwks = StaticJwks([mint.key.public_jwk()])
    verifier = TokenVerifier(ISSUER, AUDIENCE, jwks, clock=lambda: moment[0])
    token = mint.mint()
    assert await verifier.verify(token) is await verifier.verify(token)
    moment[0] = now + 310
    assert "expired" in await refusal(verifier, token)


async def test_a_remembered_token_is_refused_once_its_key_is_withdrawn() -> None:
    mint = TokenMint()
    jwks = CountingJwks(mint.key)
    verifier = TokenVerifier(ISSUER, AUDIENCE, jwks)
    token = mint.mint()
    await verifier.verify(token)
    jwks.forget()
    assert "not ours" in await refusal(verifier, token)


async def test_the_memory_of_tokens_is_bounded() -> None:
    mint = TokenMint()
    jwks = StaticJwks([mint.key.public_jwk()])
    verifier = TokenVerifier(ISSUER, AUDIENCE, jwks, remember=2)
    first = mint.mint()
    known = await verifier.verify(first)
    for _ in range(2):
        await verifier.verify(mint.mint())
    assert await verifier.verify(first) is not known


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "EC"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"use": "enc"},
        {"alg": "HS256"},
        {"n": "AQAB"},
        {"n": None},
        {"n": "*"},
        {"n": "AAAAA"},
        {"e": None},
    ],
    ids=str,
)
def test_a_key_that_is_not_for_our_signatures_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        PublicKey({**signing_key().public_jwk(), **change})


def test_a_key_without_a_name_is_called_by_its_thumbprint() -> None:
    key = SigningKey(signing_key().pem)
    assert key.kid == thumbprint(key.public_jwk())
    assert PublicKey({k: v for k, v in key.public_jwk().items() if k != "kid"}).kid == key.kid


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE"
        "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q"
        "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6"
        "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    assert thumbprint({"kty": "RSA", "n": modulus, "e": "AQAB"}) == (
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    )


def test_a_signed_statement_of_another_kind_is_no_access_token() -> None:
    key = signing_key()
    public = PublicKey(key.public_jwk())
    assertion = key.sign({"sub": "robot"}, typ="JWT")
    assert public.open(assertion, typ="JWT") == b'{"sub":"robot"}'
    with pytest.raises(InvalidToken):
        public.open(assertion)
