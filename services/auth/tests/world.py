"""Auth without servers: the real application over fakes, and a client that knows the code flow.

The fixtures `world` and `seeded` give a `World`; `CodeFlow` also plays against real servers.
"""

import base64
import hashlib
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from fastapi import FastAPI

from auth.adapters.assertions import JwtAssertions
from auth.adapters.device_seal import DeviceSeal
from auth.adapters.token_maker import FormSeal, SignedTokens
from auth.api.dependencies import Container
from auth.application.authenticate_client import ClientChecks
from auth.application.grant_token import TokenServices
from auth.application.server_metadata import server_metadata
from auth.bootstrap import make_app
from auth.settings import AuthSettings
from chassis.testing import AUDIENCE, ISSUER
from chassis.tokens import TokenVerifier
from services.auth.tests.account_fakes import MemorySecondSteps, MemoryThrottle
from services.auth.tests.fakes import (
    Clock,
    MemoryKeys,
    MemoryQueries,
    MemorySessions,
    MemoryUnitOfWork,
    QuickPasswords,
)
from services.auth.tests.federation_fakes import MemoryDepartures, OneProvider
from services.auth.tests.grant_fakes import MemorySpentAssertions, QuickKeyMaker
from services.auth.tests.trail import MemoryTrail

REDIRECT = f"{ISSUER}/docs/oauth2-redirect"


class World:
    """Everything that a test may look into."""

    issuer = ISSUER

    def __init__(self) -> None:
        self.clock = Clock()
        self.uow = MemoryUnitOfWork()
        self.passwords = QuickPasswords()
        self.sessions = MemorySessions()
        self.second_steps = MemorySecondSteps()
        self.throttle = MemoryThrottle()
        self.providers = OneProvider()
        self.departures = MemoryDepartures()
        self.keys = MemoryKeys()
        self.tokens = SignedTokens(self.keys, issuer=ISSUER, audience=AUDIENCE)
        self.services = TokenServices(
            tokens=self.tokens,
            clients=ClientChecks(
                assertions=JwtAssertions([ISSUER, f"{ISSUER}/oauth/token"]),
                spent=MemorySpentAssertions(),
            ),
        )
        self.verifier = TokenVerifier(ISSUER, AUDIENCE, self.keys)

    def new_uow(self) -> MemoryUnitOfWork:
        """Hands out the one unit of work, which can be opened again and again."""
        return self.uow

    def container(self) -> Container:
        """Returns what the routes find."""
        return Container(
            issuer=ISSUER,
            new_uow=self.new_uow,
            queries=MemoryQueries(self.uow),
            audit=MemoryTrail(self.uow),
            passwords=self.passwords,
            sessions=self.sessions,
            token_services=self.services,
            access_tokens=self.verifier,
            key_maker=QuickKeyMaker(),
            form_seals=FormSeal(self.keys),
            device_seals=DeviceSeal(self.keys),
            second_steps=self.second_steps,
            throttle=self.throttle,
            providers=self.providers,
            departures=self.departures,
            trusted_proxies=AuthSettings(environment="test").trusted_proxies,
            jwks=self.keys.public_set,
            metadata=server_metadata(ISSUER),
            clock=self.clock,
        )

    def app(self) -> FastAPI:
        """Returns the application."""
        settings = AuthSettings(environment="test")
        return make_app(settings, self.container(), self.verifier, {})


class CodeFlow:
    """A public client in a browser; it plays the authorization code flow with PKCE."""

    def __init__(self, browser: httpx.AsyncClient, redirect_uri: str = REDIRECT) -> None:
        self.browser = browser
        self.redirect_uri = redirect_uri
        self.verifier = secrets.token_urlsafe(32)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def parameters(self, **changes: str | None) -> dict[str, str]:
        """Returns the query of an authorization request; None leaves a parameter out."""
        given: dict[str, str | None] = {
            "response_type": "code",
            "client_id": "swagger-ui",
            "redirect_uri": self.redirect_uri,
            "state": "xyz",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in given.items() if value is not None}

    async def open(self, **changes: str | None) -> httpx.Response:
        """Opens the sign-in page."""
        return await self.browser.get("/oauth/authorize", params=self.parameters(**changes))

    async def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Sends the page's form."""
        return await self.browser.post(action(page), data={"csrf": csrf(page), **fields})

    async def sign_in(
        self, email: str, password: str = "souk-demo-2026", **changes: str | None
    ) -> httpx.Response:
        """Opens the page and signs in; returns what the form answers."""
        page = await self.open(**changes)
        return await self.submit(page, email=email, password=password)

    async def redeem(self, code: str, **changes: str) -> httpx.Response:
        """Sends the code to the token endpoint."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": "swagger-ui",
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **changes,
        }
        return await self.browser.post("/oauth/token", data=form)

    async def refresh(self, token: str, **changes: str) -> httpx.Response:
        """Asks for the next pair of tokens."""
        form = {
            "grant_type": "refresh_token",
            "refresh_token": token,
            "client_id": "swagger-ui",
            **changes,
        }
        return await self.browser.post("/oauth/token", data=form)

    async def tokens(self, email: str = "customer@souk.example", **changes: str) -> dict[str, Any]:
        """Plays the whole flow and returns the token endpoint's answer."""
        answer = await self.redeem(code_of(await self.sign_in(email, **changes)))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


def csrf(page: httpx.Response) -> str:
    """Returns the hidden field of the page's form."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]


def action(page: httpx.Response) -> str:
    """Returns where the page's form goes."""
    found = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert found, page.text
    return found[1].replace("&amp;", "&")


def query_of(answer: httpx.Response) -> dict[str, str]:
    """Returns the parameters of a redirect."""
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def code_of(answer: httpx.Response) -> str:
    """Returns the code of a redirect back to the client."""
    assert answer.status_code == 303, answer.text
    return query_of(answer)["code"]
