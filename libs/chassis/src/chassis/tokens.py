"""Signed tokens: the only module that knows python-jose.

python-jose accepts forgeries when it is called carelessly, so it never chooses anything here:
one algorithm in a list of one, the key by `kid` from our own set, the header checked before the
library sees the token, and the claims by `claims.py`. Services verify, auth signs.
"""

import base64
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import orjson
from jose import jwk, jws
from jose.exceptions import JOSEError

from chassis.claims import Claims, InvalidToken, parse_object, read_claims

ALGORITHM = "RS256"
ACCESS_TOKEN = "at+jwt"  # noqa: S105  A media type (RFC 9068), not a secret.
MAX_TOKEN_BYTES = 8 * 1024
MIN_MODULUS_BYTES = 256
LEEWAY_SECONDS = 5.0
MAX_REMEMBERED = 4096

# Three parts of base64url. The bits that the last character of a part has too many are zero, so
# that a token has one spelling only.
_PART = r"(?=[\w-])(?:[\w-]{4})*+(?:[\w-]{2}[AEIMQUYcgkosw048]|[\w-][AQgw])?"
_COMPACT = re.compile(rf"{_PART}\.{_PART}\.{_PART}", re.ASCII)
# A closed list: whatever else a header may hold (crit, jku, x5u, jwk, b64) is refused.
_HEADER = frozenset({"alg", "typ", "kid"})


def read_kid(token: str, typ: str = ACCESS_TOKEN) -> str:
    """Returns the key's name in a token's header; raises InvalidToken for a header not ours."""
    if len(token) > MAX_TOKEN_BYTES or not _COMPACT.fullmatch(token):
        raise InvalidToken("This is not a token.")
    header = parse_object(_decode(token[: token.index(".")]))
    if header.get("alg") != ALGORITHM or header.get("typ") != typ or header.keys() - _HEADER:
        raise InvalidToken("The header of the token is not one that we write.")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise InvalidToken("The token names no key.")
    return kid


class PublicKey:
    """An RSA key of a JWK set (RFC 7517), which can only check signatures."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Raises ValueError for a key that is not RSA of 2048 bits or more, for signatures."""
        modulus, exponent = document.get("n"), document.get("e")
        texts = isinstance(modulus, str) and isinstance(exponent, str)
        if document.get("kty") != "RSA" or not texts:
            raise ValueError("not an RSA key")
        if document.get("use", "sig") != "sig" or document.get("alg", ALGORITHM) != ALGORITHM:
            raise ValueError("not a key for RS256 signatures")
        if len(_decode(str(modulus))) < MIN_MODULUS_BYTES:
            raise ValueError("an RSA key of less than 2048 bits")
        public = {"kty": "RSA", "n": modulus, "e": exponent}
        self.kid = str(document.get("kid") or thumbprint(public))
        try:
            self._key = jwk.construct(public, ALGORITHM)
        except JOSEError as error:
            raise ValueError("not an RSA key") from error

    def open(self, token: str, typ: str = ACCESS_TOKEN) -> bytes:
        """Returns the payload of a token with this key's signature; else raises InvalidToken."""
        if read_kid(token, typ) != self.kid:
            raise InvalidToken("The token names another key.")
        try:
            return jws.verify(token, self._key, [ALGORITHM])
        except JOSEError as error:
            raise InvalidToken("The signature of the token is wrong.") from error


class SigningKey:
    """A private RSA key that signs tokens; auth keeps it in its database as PEM."""

    def __init__(self, pem: str, kid: str | None = None) -> None:
        self.pem = pem
        self._key = jwk.construct(pem, ALGORITHM)
        public = self._key.public_key().to_dict()
        self._public = {name: _text(public[name]) for name in ("kty", "n", "e")}
        self.kid = kid or thumbprint(self._public)

    def public_jwk(self) -> dict[str, str]:
        """Returns what the JWK set shows of this key."""
        return {**self._public, "kid": self.kid, "use": "sig", "alg": ALGORITHM}

    def sign(self, claims: Mapping[str, Any], typ: str = ACCESS_TOKEN) -> str:
        """Returns a compact token with these claims."""
        headers = {"kid": self.kid, "typ": typ}
        signed: str = jws.sign(orjson.dumps(dict(claims)), self._key, headers, ALGORITHM)
        return signed


class JwksSource(Protocol):
    """Where verifying keys come from."""

    async def key(self, kid: str) -> PublicKey | None:
        """Returns the key of that name, or None when the issuer has none."""


class TokenVerifier:
    """Checks access tokens, and remembers those it found right until they expire."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        jwks: JwksSource,
        *,
        clock: Callable[[], float] = time.time,
        remember: int = MAX_REMEMBERED,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._jwks = jwks
        self._clock = clock
        self._remember = remember
        self._known: OrderedDict[bytes, tuple[PublicKey, Claims]] = OrderedDict()

    async def verify(self, token: str) -> Claims:
        """Returns the claims of a good token; raises InvalidToken for every other text.

        A remembered token is refused as soon as its key leaves the issuer's set.
        """
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        if (known := self._known.get(digest)) is not None:
            key, claims = known
            fresh = self._clock() < claims.expires_at + LEEWAY_SECONDS
            if fresh and await self._jwks.key(key.kid) is key:
                return claims
            del self._known[digest]
        return await self._verify_new(token, digest)

    async def _verify_new(self, token: str, digest: bytes) -> Claims:
        key = await self._jwks.key(read_kid(token))
        if key is None:
            raise InvalidToken("The token names a key that is not ours.")
        claims = read_claims(
            key.open(token),
            issuer=self._issuer,
            audience=self._audience,
            now=self._clock(),
            leeway=LEEWAY_SECONDS,
        )
        self._known[digest] = (key, claims)
        if len(self._known) > self._remember:
            self._known.popitem(last=False)
        return claims


def thumbprint(public: Mapping[str, Any]) -> str:
    """Returns the SHA-256 thumbprint of an RSA key (RFC 7638), which names it for ever."""
    members = {name: public[name] for name in ("e", "kty", "n")}
    digest = hashlib.sha256(orjson.dumps(members)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Decodes base64url without padding; raises ValueError for an impossible length."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
