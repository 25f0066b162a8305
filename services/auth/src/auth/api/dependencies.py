"""What the routes are given: the container that bootstrap filled, and small readings of a request.

The container holds ports only, so the API's tests fill it with fakes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol, cast
from uuid import UUID

from fastapi import Depends, Header, Request

from auth.api.visitor import Networks
from auth.application.access_tokens import AccessTokens
from auth.application.audit_trail import AuditReads
from auth.application.foreign_sign_in import Departures, Providers
from auth.application.grant_token import TokenServices
from auth.application.guards import Guards
from auth.application.queries import UserQueries
from auth.application.unit_of_work import UnitOfWork
from auth.domain.account_ports import SecondSteps, Throttle
from auth.domain.key_ports import KeyMaker
from auth.domain.ports import Passwords, Sessions
from chassis.claims import InvalidToken
from chassis.security import Caller


class FormSeals(Protocol):
    """CSRF tokens for the forms of one browser."""

    def token(self, session_id: str) -> str:
        """Returns the token for the form."""

    def fits(self, session_id: str, token: str) -> bool:
        """True when the form was made for this browser."""


class DeviceSeals(Protocol):
    """Names for browsers that have signed in to an account before."""

    def token(self, email_key: str) -> str:
        """Returns what such a browser keeps."""

    def device(self, email_key: str, token: str) -> str | None:
        """Returns the browser's name, or None when the token was made for another account."""


@dataclass(frozen=True, slots=True)
class Container:
    """Everything that a route may use. `jwks` and `metadata` are ready-made documents."""

    issuer: str
    new_uow: Callable[[], UnitOfWork]
    queries: UserQueries
    audit: AuditReads
    passwords: Passwords
    sessions: Sessions
    token_services: TokenServices
    access_tokens: AccessTokens
    key_maker: KeyMaker
    form_seals: FormSeals
    device_seals: DeviceSeals
    second_steps: SecondSteps
    throttle: Throttle
    providers: Providers
    departures: Departures
    trusted_proxies: Networks
    jwks: Callable[[], dict[str, Any]]
    metadata: dict[str, Any]
    clock: Callable[[], datetime]

    @property
    def guards(self) -> Guards:
        """What checks and changes of passwords need."""
        return Guards(self.passwords, self.sessions, self.throttle)


async def _container(request: Request) -> Container:
    return cast(Container, request.app.state.container)


Injected = Annotated[Container, Depends(_container)]

IfMatch = Annotated[
    str | None,
    Header(description="The ETag you read; 412 if it has changed."),
]
IfNoneMatch = Annotated[
    str | None, Header(description="The ETag you have; 304 if it is still right.")
]


def own_id(caller: Caller) -> UUID:
    """Returns the caller's account; raises InvalidToken for a machine, which has none."""
    try:
        return UUID(caller.subject)
    except ValueError as error:
        raise InvalidToken("the subject is no account") from error
