"""What must be there before the first request: the registered clients, and the demo's accounts.

Bootstrap calls it at each start; what exists already stays as it is. The demo, whose passwords
everybody knows, is for development and tests alone, and the settings refuse it elsewhere.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    REFRESH_TOKEN,
    TOKEN_EXCHANGE,
    AuthMethod,
    Client,
)
from auth.domain.errors import EmailTaken
from auth.domain.ports import Passwords
from auth.domain.rights import OPERATOR_SCOPES, SCOPES, Role
from auth.domain.user import User, new_user

OPERATOR = "souk-operator"
SWAGGER_UI = "swagger-ui"
CONSOLE = "souk-console"
DEMO_PASSWORD = "souk-demo-2026"  # noqa: S105  printed by `./souk up`

DEMO_ACCOUNTS: tuple[tuple[UUID, str, Role], ...] = (
    (UUID("01990000-0000-7000-8000-0000000000f1"), "Casey Customer", Role.CUSTOMER),
    (UUID("01990000-0000-7000-8000-0000000000f2"), "Sam Support", Role.SUPPORT),
    (UUID("01990000-0000-7000-8000-0000000000f3"), "Morgan Merchandiser", Role.MERCHANDISER),
    (UUID("01990000-0000-7000-8000-0000000000f4"), "Wren Warehouse", Role.WAREHOUSE),
    (UUID("01990000-0000-7000-8000-0000000000f5"), "Alex Admin", Role.ADMIN),
)


async def register_operator(
    uow: UnitOfWork, public_key: Mapping[str, Any] | None, now: datetime
) -> None:
    """Registers the machine client with this key (a JWK); without one, turns it off."""
    async with uow:
        if public_key is None:
            await uow.clients.disable(OPERATOR)
        else:
            await uow.clients.put(operator_client(public_key), now)
        await uow.commit()


async def seed_demo(
    new_uow: Callable[[], UnitOfWork], passwords: Passwords, issuer: str, now: datetime
) -> None:
    """Registers the two pages and opens the five demo accounts, each once and with its event."""
    async with new_uow() as uow:
        await uow.clients.put(swagger_client(issuer), now)
        await uow.clients.put(console_client(issuer), now)
        missing = [row for row in DEMO_ACCOUNTS if not await uow.users.by_email(demo_email(row[2]))]
        await uow.commit()
    for user_id, name, role in missing:
        password_hash = await passwords.hash(DEMO_PASSWORD)
        user = new_user(
            user_id,
            email=demo_email(role),
            name=name,
            now=now,
            password_hash=password_hash,
            roles=frozenset({role}),
            email_verified_at=now,
        )
        await _add(user, new_uow())


async def _add(user: User, uow: UnitOfWork) -> None:
    """Two replicas may start at once; the one that comes second has nothing to do."""
    async with uow:
        try:
            await uow.users.add(user)
        except EmailTaken:
            return
        await uow.commit()


def demo_email(role: Role) -> str:
    """Returns the address of a demo account."""
    return f"{role}@souk.example"


def operator_client(public_key: Mapping[str, Any]) -> Client:
    """Returns the client of `./souk import` and `./souk replay`."""
    return Client(
        id=OPERATOR,
        name="The operator's commands",
        grant_types=frozenset({CLIENT_CREDENTIALS, TOKEN_EXCHANGE}),
        scopes=OPERATOR_SCOPES,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        public_key=public_key,
        first_party=True,
    )


def swagger_client(issuer: str) -> Client:
    """Returns the client of /docs, under both names that this machine has for itself."""
    origins = dict.fromkeys((issuer, _loopback(issuer)))
    return Client(
        id=SWAGGER_UI,
        name="Souk's API documentation",
        grant_types=frozenset({AUTHORIZATION_CODE, REFRESH_TOKEN}),
        scopes=frozenset(SCOPES),
        redirect_uris=tuple(f"{origin}/docs/oauth2-redirect" for origin in origins),
        post_logout_redirect_uris=tuple(f"{origin}/docs" for origin in origins),
        first_party=True,
    )


def console_client(issuer: str) -> Client:
    """Returns the client of /console, which can read there and do nothing else."""
    origins = dict.fromkeys((issuer, _loopback(issuer)))
    return Client(
        id=CONSOLE,
        name="Souk's console",
        grant_types=frozenset({AUTHORIZATION_CODE, REFRESH_TOKEN}),
        scopes=frozenset({"console:read"}),
        redirect_uris=tuple(f"{origin}/console" for origin in origins),
        post_logout_redirect_uris=tuple(f"{origin}/console" for origin in origins),
        first_party=True,
    )


def _loopback(issuer: str) -> str:
    port = urlsplit(issuer).port
    return f"http://127.0.0.1:{port}" if port else "http://127.0.0.1"
