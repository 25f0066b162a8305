"""Client libraries that know nothing of this server but its address complete the code flow.

Authlib's client and requests-oauthlib discover the endpoints, go through PKCE, have the ID token
validated, read userinfo, refresh, introspect and revoke, over real sockets.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import jwt
import pytest
import pytest_asyncio
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oidc.core import CodeIDToken
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet
from oauthlib.oauth2 import WebApplicationClient
from requests_oauthlib import OAuth2Session

from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.authenticate_client import hash_secret
from auth.domain.client import AUTHORIZATION_CODE, REFRESH_TOKEN, AuthMethod, Client
from chassis.clock import utcnow
from chassis.testing_process import free_port, running
from native.testing import Engines
from services.auth.tests.world import action, csrf

REDIRECT = "http://127.0.0.1:9/callback"  # nobody listens: the browser stops before it
SECRET = secrets.token_urlsafe(32)
SCOPES = ["openid", "profile", "email"]


@dataclass(frozen=True, slots=True)
class Server:
    """A running auth, as a client library first sees it."""

    issuer: str
    metadata: dict[str, Any]

    def endpoint(self, name: str) -> str:
        """Returns the address of an endpoint."""
        return str(self.metadata[f"{name}_endpoint"])


@pytest_asyncio.fixture
async def server(
    engines: Engines,
    dsn: str,
    new_uow: Callable[[], AuthUnitOfWork],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Server]:
    """Both libraries insist on https, except where they are told that it is a test."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    port = free_port()
    environment = {
        "SOUK_ISSUER": f"http://127.0.0.1:{port}",
        "SOUK_PORT": str(port),
        "SOUK_DATABASE_URL": dsn,
        "SOUK_REDIS_URL": engines.redis_url,
        "SOUK_SEED_DEMO": "true",
    }
    await _register(new_uow)
    issuer = environment["SOUK_ISSUER"]
    async with running("auth", **environment), httpx.AsyncClient(base_url=issuer) as client:
        yield Server(issuer, await _discover(client))


async def _register(new_uow: Callable[[], AuthUnitOfWork]) -> None:
    grants, scopes = frozenset({AUTHORIZATION_CODE, REFRESH_TOKEN}), frozenset(SCOPES)
    public = Client("app", "An app", grants, scopes, (REDIRECT,))
    web = Client(
        *("web", "A web site", grants, scopes, (REDIRECT,)),
        auth_method=AuthMethod.SECRET_BASIC,
        secret_hash=hash_secret(SECRET),
    )
    async with new_uow() as uow:
        for client in (public, web):
            await uow.clients.put(client, utcnow())
        await uow.commit()


async def _discover(client: httpx.AsyncClient) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            try:
                answer = await client.get("/.well-known/openid-configuration")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    document: dict[str, Any] = answer.json()
    return document


def a_person_allows_it(url: str) -> str:
    """Plays the person at the browser; returns the address that it is sent back to."""
    with httpx.Client() as browser:
        page = browser.get(url)
        fields = {"email": "customer@souk.example", "password": "souk-demo-2026"}
        consent = _submit(browser, page, **fields)
        assert "Read and change your own profile" in consent.text
        back = _submit(browser, consent, allow="yes")
    assert back.status_code == 303, back.text
    return str(back.headers["location"])


def _submit(browser: httpx.Client, page: httpx.Response, **fields: str) -> httpx.Response:
    address = urljoin(str(page.url), action(page))
    return browser.post(address, data={"csrf": csrf(page), **fields})


def issuer_of(callback: str) -> str:
    """Returns the `iss` of an authorization response (RFC 9207)."""
    return parse_qs(urlsplit(callback).query)["iss"][0]


def with_authlib(server: Server) -> None:
    session = AuthlibSession(
        client_id="web",
        client_secret=SECRET,
        scope=SCOPES,
        redirect_uri=REDIRECT,
        code_challenge_method="S256",
    )
    verifier, nonce = generate_token(48), generate_token(20)
    url, state = session.create_authorization_url(
        server.endpoint("authorization"), code_verifier=verifier, nonce=nonce
    )
    callback = a_person_allows_it(url)
    assert issuer_of(callback) == server.issuer
    token = session.fetch_token(
        server.endpoint("token"),
        authorization_response=callback,
        state=state,
        code_verifier=verifier,
    )
    assert session.get(server.endpoint("userinfo")).json() == {
        "sub": authlib_reads_id_token(server, token, nonce),
        "name": "Casey Customer",
        "email": "customer@souk.example",
        "email_verified": True,
    }
    refreshed = session.refresh_token(server.endpoint("token"))
    assert refreshed["refresh_token"] != token["refresh_token"]
    authlib_gives_back(session, server, refreshed)


def authlib_reads_id_token(server: Server, token: dict[str, str], nonce: str) -> str:
    """Validates signature, claims, nonce and at_hash; returns whose it is."""
    keys = KeySet.import_key_set(requests.get(server.metadata["jwks_uri"], timeout=5).json())
    read = joserfc_jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    claims = CodeIDToken(
        read.claims,
        read.header,
        {"iss": {"value": server.issuer}, "aud": {"value": "web"}},
        {"nonce": nonce, "client_id": "web", "access_token": token["access_token"]},
    )
    claims.validate()
    return str(claims["sub"])


def authlib_gives_back(session: AuthlibSession, server: Server, token: dict[str, str]) -> None:
    """The access token is good until the refresh token that it came with is revoked."""

    def is_good() -> bool:
        answer = session.introspect_token(
            server.endpoint("introspection"),
            token=token["access_token"],
            token_type_hint="access_token",
        )
        return bool(answer.json()["active"])

    assert is_good()
    address = server.endpoint("revocation")
    assert session.revoke_token(address, token=token["refresh_token"]).status_code == 200
    assert not is_good()


def with_requests_oauthlib(server: Server) -> None:
    session = OAuth2Session("app", redirect_uri=REDIRECT, scope=SCOPES, pkce="S256")
    url, _state = session.authorization_url(server.endpoint("authorization"), nonce="n-1")
    callback = a_person_allows_it(url)
    assert issuer_of(callback) == server.issuer
    token = session.fetch_token(
        server.endpoint("token"), authorization_response=callback, include_client_id=True
    )
    keys = jwt.PyJWKClient(server.metadata["jwks_uri"])
    claims = jwt.decode(
        token["id_token"],
        keys.get_signing_key_from_jwt(token["id_token"]),
        algorithms=server.metadata["id_token_signing_alg_values_supported"],
        audience="app",
        issuer=server.issuer,
    )
    assert claims["nonce"] == "n-1"
    person = session.get(server.endpoint("userinfo")).json()
    assert (person["sub"], person["name"]) == (claims["sub"], "Casey Customer")
    refreshed = session.refresh_token(server.endpoint("token"), client_id="app")
    address, headers, body = WebApplicationClient("app").prepare_token_revocation_request(
        server.endpoint("revocation"), refreshed["refresh_token"], "refresh_token", client_id="app"
    )
    assert requests.post(address, body, headers=headers, timeout=5).status_code == 200
    dead = {"grant_type": "refresh_token", "client_id": "app"}
    form = {**dead, "refresh_token": refreshed["refresh_token"]}
    refused = requests.post(server.endpoint("token"), form, timeout=5)
    assert refused.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("play", [with_authlib, with_requests_oauthlib])
async def test_a_standard_client_completes_the_code_flow(
    server: Server, play: Callable[[Server], None]
) -> None:
    await asyncio.to_thread(play, server)
