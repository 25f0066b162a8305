"""Ten thousand mutated tokens: ours must never take one that a careful library refuses.

PyJWT and joserfc are told the same rules. Where ours refuses what they take, the reason must be
one of the rules that only we have.
"""

import base64
import hmac
import json
import random
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt as joserfc_jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from chassis.claims import InvalidToken
from chassis.testing import AUDIENCE, ISSUER, StaticJwks, signing_key
from chassis.tokens import SigningKey, TokenVerifier

REQUIRED = ("iss", "aud", "sub", "exp", "iat", "jti", "client_id")
MUTANTS = 10_000
LEEWAY = 5

RULES = joserfc_jwt.JWTClaimsRegistry(
    leeway=LEEWAY,
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    sub={"essential": True},
    exp={"essential": True},
    iat={"essential": True},
    jti={"essential": True},
    client_id={"essential": True},
)

Document = dict[str, Any]


def encode(document: object) -> str:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part: str) -> Document:
    document: Document = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return document


def strange(dice: random.Random) -> Any:
    """A value that no claim or header member should have."""
    now = int(time.time())
    pool: list[Any] = [
        *(None, True, False, 0, -1, 1.5, "", "x", [], {}, [ISSUER], {"sub": "x"}, [[AUDIENCE]]),
        *(now - 9999, now + 9999, str(now), 2**60, "none", "RS256 ", "rs256", "HS256", "PS256"),
        *("JWT", "AT+JWT", "at+jwt", ISSUER + "/", AUDIENCE, [AUDIENCE, "x"], "\u0000", "é" * 300),
    ]
    return dice.choice(pool)


def change_document(document: Document, names: tuple[str, ...], dice: random.Random) -> Document:
    name = dice.choice(names)
    changed = dict(document)
    if dice.random() < 0.3:
        changed.pop(name, None)
    else:
        changed[name] = strange(dice)
    return changed


def change_text(token: str, dice: random.Random) -> str:
    place = dice.randrange(len(token))
    new = dice.choice("ABCxyz019-_.=+/ \n\x00é")
    return dice.choice(
        [
            token[:place] + new + token[place + 1 :],
            token[:place] + token[place + 1 :],
            token[:place] + new + token[place:],
            token[:place],
            token + new,
            token.upper(),
            ".".join(reversed(token.split("."))),
        ]
    )


class Forger:
    """Makes mutants from a few genuine tokens; some are signed anew, with the right key."""

    headers = ("alg", "typ", "kid", "crit", "jku", "x5u", "jwk", "b64", "zip", "x5c", "cty")

    def __init__(self, key: SigningKey, other: SigningKey, seed: int) -> None:
        self.dice = random.Random(seed)
        self.key, self.other = key, other
        now = int(time.time())
        self.claims: Document = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "someone",
            "client_id": "test",
            "iat": now,
            "exp": now + 300,
            "jti": "1",
            "scope": "things:read",
            "roles": ["customer"],
        }
        self.genuine = key.sign(self.claims)
        self.signed = [self.sign_anew() for _ in range(200)]
        public = RSAKey.import_key(dict(key.public_jwk()))
        secrets = (b"", public.as_der(private=False), public.as_pem(private=False), b"secret")
        self.confused = [self.sign_as_hmac(secret) for secret in secrets]

    def sign_anew(self) -> str:
        names = (*REQUIRED, "nbf", "scope", "roles", "act")
        return self.key.sign(change_document(self.claims, names, self.dice))

    def sign_as_hmac(self, secret: bytes) -> str:
        """The classic: the public key, or nothing, taken for an HMAC secret."""
        text = f"{encode({'alg': 'HS256', 'typ': 'at+jwt', 'kid': self.key.kid})}."
        text += encode(self.claims)
        return f"{text}.{encode(hmac.digest(secret, text.encode(), 'sha256'))}"

    def mutants(self, count: int) -> set[str]:
        """Returns so many different tokens; the genuine one is among them."""
        makers: list[Callable[[], str]] = [
            lambda: change_text(self.genuine, self.dice),
            lambda: self.with_other_header(),
            lambda: self.with_other_claims(),
            lambda: self.dice.choice(self.signed),
            lambda: change_text(self.dice.choice(self.signed), self.dice),
        ]
        found = {self.genuine, self.other.sign(self.claims), *self.signed, *self.confused}
        while len(found) < count:
            found.add(self.dice.choice(makers)())
        return found

    def with_other_header(self) -> str:
        header, claims, signature = self.genuine.split(".")
        changed = change_document(decode(header), self.headers, self.dice)
        return f"{encode(changed)}.{claims}.{self.dice.choice([signature, '', 'AA'])}"

    def with_other_claims(self) -> str:
        header, claims, signature = self.genuine.split(".")
        return (
            f"{header}.{encode(change_document(decode(claims), REQUIRED, self.dice))}.{signature}"
        )


def pyjwt_takes(token: str, key: Any) -> bool:
    try:
        jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY,
            options={"require": list(REQUIRED)},
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        return False
    return True


def joserfc_takes(token: str, key: RSAKey) -> bool:
    try:
        decoded = joserfc_jwt.decode(token, key, algorithms=["RS256"])
        RULES.validate(decoded.claims)
    except (JoseError, ValueError, TypeError):
        return False
    return True


async def reason_of(token: str, verifier: TokenVerifier) -> str | None:
    """Returns why ours refuses a token, or None for one that it takes."""
    try:
        await verifier.verify(token)
    except InvalidToken as error:
        return str(error)
    return None


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def forger(private: rsa.RSAPrivateKey) -> Forger:
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Forger(SigningKey(pem.decode()), signing_key("other"), seed=20261122)


async def test_no_mutant_is_taken_that_pyjwt_or_joserfc_refuses(forger: Forger) -> None:
    jwks = StaticJwks([forger.key.public_jwk()])
    verifier = TokenVerifier(ISSUER, AUDIENCE, jwks, remember=0)
    pyjwt_key = jwt.PyJWK(forger.key.public_jwk())
    joserfc_key = RSAKey.import_key(dict(forger.key.public_jwk()))
    taken: list[str] = []
    stricter: set[str] = set()
    for token in sorted(forger.mutants(MUTANTS)):
        reason = await reason_of(token, verifier)
        theirs = pyjwt_takes(token, pyjwt_key) and joserfc_takes(token, joserfc_key)
        if reason is None:
            assert theirs, token
            taken.append(token)
        elif theirs:
            stricter.add(reason)
    assert forger.genuine in taken
    # Only the rules that the two libraries were not told may divide us.
    assert stricter
    assert all(
        reason.startswith(("The claim ", "The header ", "The times ")) for reason in stricter
    )


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS512"},
        {"typ": "JWT"},
        {"typ": None},
        {"crit": ["exp"]},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/chain"},
        {"jwk": {"kty": "RSA"}},
        {"b64": False},
    ],
    ids=json.dumps,
)
async def test_a_strange_header_is_refused_even_with_a_good_signature(
    forger: Forger, private: rsa.RSAPrivateKey, header: Document
) -> None:
    names = {"typ": "at+jwt", "kid": forger.key.kid, **header}
    document = {name: value for name, value in names.items() if value is not None}
    text = f"{encode({'alg': 'RS256', **document})}.{encode(forger.claims)}"
    signature = encode(private.sign(text.encode(), PKCS1v15(), SHA256()))
    jwks = StaticJwks([forger.key.public_jwk()])
    with pytest.raises(InvalidToken, match="header"):
        await TokenVerifier(ISSUER, AUDIENCE, jwks).verify(f"{text}.{signature}")


@pytest.mark.parametrize("secret", ["empty", "der", "pem", "guessed"])
async def test_the_public_key_is_no_secret_to_sign_with(forger: Forger, secret: str) -> None:
    token = forger.confused[["empty", "der", "pem", "guessed"].index(secret)]
    verifier = TokenVerifier(ISSUER, AUDIENCE, StaticJwks([forger.key.public_jwk()]))
    assert await reason_of(forger.genuine, verifier) is None
    assert "header" in (await reason_of(token, verifier) or "")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE"])
async def test_a_token_that_nobody_signed_is_refused(forger: Forger, alg: str) -> None:
    head = encode({"alg": alg, "typ": "at+jwt", "kid": forger.key.kid})
    verifier = TokenVerifier(ISSUER, AUDIENCE, StaticJwks([forger.key.public_jwk()]))
    for signature in ("", "AA", forger.genuine.split(".")[2]):
        assert await reason_of(f"{head}.{encode(forger.claims)}.{signature}", verifier)
