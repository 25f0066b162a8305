"""The client of OpenID Connect: discovery, the code's exchange, the check of what comes back.

Authlib builds the requests, joserfc verifies ID tokens, httpx carries both. Whom we talk to is
configured: the issuer's own document names its endpoints, and no redirect is followed.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key

from auth.application.foreign_sign_in import Departure
from auth.application.protocol import authorization_uri, code_exchange
from auth.domain.identity_provider import (
    ForeignIdentity,
    ForeignSignInRefused,
    IdentityProvider,
    ProviderAway,
)

ALGORITHMS = ["RS256", "PS256", "ES256"]
SCOPE = "openid email profile"
TIMEOUT_SECONDS = 5.0
KEEP_SECONDS = 600.0
MAX_BYTES = 256 * 1024
MAX_SUBJECT = 255
LEEWAY_SECONDS = 30
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class OpenIdProviders:
    """Implements application.foreign_sign_in.Providers."""

    def __init__(
        self,
        providers: Sequence[IdentityProvider],
        callback: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`callback` is our redirect URI, with `{provider_id}` in it; tests give a transport."""
        self._transport = transport
        self._providers = {provider.id: provider for provider in providers}
        self._callback = callback
        self._documents: dict[str, tuple[float, dict[str, Any]]] = {}

    def all(self) -> Sequence[IdentityProvider]:
        """Returns them in the order of the configuration."""
        return list(self._providers.values())

    def get(self, provider_id: str) -> IdentityProvider:
        """Raises ForeignSignInRefused."""
        if provider_id not in self._providers:
            raise ForeignSignInRefused("There is no such provider.")
        return self._providers[provider_id]

    async def authorization_url(self, departure: Departure) -> str:
        """OpenID Connect Core §3.1.2.1 with PKCE (RFC 7636)."""
        provider = self.get(departure.provider_id)
        metadata = await self._metadata(provider)
        return authorization_uri(
            metadata["authorization_endpoint"],
            client_id=provider.client_id,
            redirect_uri=self._redirect_uri(provider),
            scope=SCOPE,
            state=departure.state,
            nonce=departure.nonce,
            verifier=departure.verifier,
        )

    async def identity(self, departure: Departure, answer: Mapping[str, str]) -> ForeignIdentity:
        """Checks `iss` (RFC 9207), redeems the code, and checks the ID token and the userinfo."""
        provider = self.get(departure.provider_id)
        metadata = await self._metadata(provider)
        _check_issuer(answer, provider, metadata)
        if "error" in answer or not answer.get("code"):
            raise ForeignSignInRefused("The sign-in there was not completed.")
        tokens = await self._redeem(provider, metadata, departure, answer["code"])
        claims = await self._verified(provider, metadata, tokens, departure.nonce)
        headers = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
        person = await self._call("GET", metadata["userinfo_endpoint"], headers=headers)
        if person.get("sub") != claims["sub"]:
            raise ForeignSignInRefused("The other provider's answers do not fit together.")
        return _identity(provider, person)

    async def _redeem(
        self,
        provider: IdentityProvider,
        metadata: Mapping[str, Any],
        departure: Departure,
        code: str,
    ) -> dict[str, Any]:
        body = code_exchange(code, self._redirect_uri(provider), departure.verifier)
        auth = None
        if provider.client_secret is None:
            body["client_id"] = provider.client_id
        else:
            auth = httpx.BasicAuth(provider.client_id, provider.client_secret)
        return await self._call("POST", metadata["token_endpoint"], data=body, auth=auth)

    async def _verified(
        self,
        provider: IdentityProvider,
        metadata: Mapping[str, Any],
        tokens: Mapping[str, Any],
        nonce: str,
    ) -> dict[str, Any]:
        """OpenID Connect Core §3.1.3.7."""
        keys = await self._call("GET", metadata["jwks_uri"])
        try:
            key_set = KeySet([key for item in keys["keys"] if (key := _known_key(item))])
            token = jwt.decode(str(tokens["id_token"]), key_set, algorithms=ALGORITHMS)
            _registry(provider, nonce).validate(token.claims)
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise ForeignSignInRefused("The other provider's ID token is not right.") from error
        claims: dict[str, Any] = dict(token.claims)
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1:
            raise ForeignSignInRefused("The other provider's ID token is for others as well.")
        if claims.get("azp", provider.client_id) != provider.client_id:
            raise ForeignSignInRefused("The other provider's ID token is for somebody else.")
        return claims

    async def _metadata(self, provider: IdentityProvider) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0 §4; the document must say whose it is, and where to go."""
        read_at, document = self._documents.get(provider.id, (0.0, {}))
        if not document or time.monotonic() - read_at > KEEP_SECONDS:
            url = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
            document = await self._call("GET", url)
            complete = all(isinstance(document.get(name), str) for name in ENDPOINTS)
            if document.get("issuer") != provider.issuer or not complete:
                raise ProviderAway
            self._documents[provider.id] = (time.monotonic(), document)
        return document

    async def _call(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        try:
            async with (
                httpx.AsyncClient(
                    timeout=TIMEOUT_SECONDS, trust_env=False, transport=self._transport
                ) as client,
                client.stream(method, url, **request) as response,
            ):
                body = await _bounded(response)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise ProviderAway from error
        if response.status_code in {400, 401, 403}:
            raise ForeignSignInRefused("The other provider refused the sign-in.")
        return _object(response, body)

    def _redirect_uri(self, provider: IdentityProvider) -> str:
        return self._callback.format(provider_id=provider.id)


async def _bounded(response: httpx.Response) -> bytes:
    """Reads no more than MAX_BYTES, whatever is sent."""
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ProviderAway
    return body


def _object(response: httpx.Response, body: bytes) -> dict[str, Any]:
    try:
        document = httpx.Response(200, content=body).json()
    except ValueError as error:
        raise ProviderAway from error
    if response.status_code != httpx.codes.OK or not isinstance(document, dict):
        raise ProviderAway
    return document


def _check_issuer(
    answer: Mapping[str, str], provider: IdentityProvider, metadata: Mapping[str, Any]
) -> None:
    """RFC 9207 §2.4: against a provider that passes off another one's answer as its own."""
    promised = metadata.get("authorization_response_iss_parameter_supported") is True
    if answer.get("iss") != provider.issuer and (promised or "iss" in answer):
        raise ForeignSignInRefused("The answer came from another provider than the one asked.")


def _known_key(item: Any) -> Key | None:
    """RFC 7517 §5: keys of kinds that we do not know are for others, and ignored."""
    try:
        return import_key(item) if isinstance(item, dict) else None
    except (JoseError, AttributeError, KeyError, TypeError, ValueError):
        return None


def _registry(provider: IdentityProvider, nonce: str) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )


def _identity(provider: IdentityProvider, person: Mapping[str, Any]) -> ForeignIdentity:
    """An address counts only while the provider says that it has verified it."""
    subject, email, name = (person.get(field) for field in ("sub", "email", "name"))
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or "\0" in subject:
        raise ForeignSignInRefused("The other provider names nobody.")
    vouched = isinstance(email, str) and person.get("email_verified") is True
    return ForeignIdentity(
        issuer=provider.issuer,
        subject=subject,
        email=str(email) if vouched else None,
        name=name if isinstance(name, str) else None,
    )
