"""Where a sign-in leads: back to a client with a code, or to the person's own account page.

The checked authorization request travels in the query of every page and form on the way, and is
checked anew at each stop, because a form can be forged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse

from auth.api.dependencies import Container
from auth.api.forms import read_authorization_query
from auth.api.pages import ACCOUNT_PATH
from auth.application.begin_authorization import PendingAuthorization, begin_authorization
from auth.application.grant_code import grant_code
from auth.application.protocol import with_parameters
from auth.domain.oauth_errors import AccessDenied
from auth.domain.session import Session
from auth.domain.user import User

NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Journey:
    """A sign-in under way; without a pending request it ends at the account page."""

    pending: PendingAuthorization | None

    @property
    def goal(self) -> str:
        """What the person is told that they sign in to."""
        return self.pending.client.name if self.pending else "your account"

    @property
    def redirect_uri(self) -> str | None:
        """Where the last form of the journey leads, for the page's policy."""
        return self.pending.request.redirect_uri if self.pending else None

    @property
    def login_hint(self) -> str:
        """The e-mail address that the client expects, if it named one."""
        return (self.pending and self.pending.request.login_hint) or ""

    def signed_in(self) -> "Journey":
        """Returns the journey once the person has signed in on it."""
        return Journey(self.pending and self.pending.signed_in())

    def link(self, path: str, **more: str) -> str:
        """Returns a path with this journey in its query."""
        parameters = self.parameters | more
        return f"{path}?{urlencode(parameters)}" if parameters else path

    @property
    def parameters(self) -> dict[str, str]:
        """The checked request as a query again; empty without a client."""
        return self.pending.request.parameters() if self.pending else {}

    def cancel(self, issuer: str) -> str:
        """Returns where "Cancel" leads: back to the client, which is told (RFC 6749 §4.1.2.1)."""
        if self.pending is None:
            return ACCOUNT_PATH
        request = self.pending.request
        parameters = {"error": AccessDenied.code, "iss": issuer}
        if request.state is not None:
            parameters["state"] = request.state
        return with_parameters(request.redirect_uri, parameters)


async def journey_of(request: Request, container: Container) -> Journey:
    """Reads the query; raises what `begin_authorization` raises."""
    query = request.scope["query_string"]
    return await journey_by(read_authorization_query(request) if query else {}, container)


async def journey_by(parameters: Mapping[str, str], container: Container) -> Journey:
    """Checks the parameters of a journey; without any it leads to the account page."""
    if not parameters:
        return Journey(None)
    return Journey(await begin_authorization(parameters, container.new_uow()))


async def arrive(
    journey: Journey, user: User, session: Session, container: Container
) -> RedirectResponse:
    """Ends the journey: RFC 6749 §4.1.2, with the `iss` of RFC 9207 against mix-ups."""
    if journey.pending is None:
        return RedirectResponse(ACCOUNT_PATH, 303, NO_STORE)
    request = journey.pending.request
    authentication = session.authentication
    code = await grant_code(
        journey.pending, user, authentication, container.new_uow(), container.clock()
    )
    parameters = {"code": code}
    if request.state is not None:
        parameters["state"] = request.state
    parameters["iss"] = container.issuer
    return RedirectResponse(with_parameters(request.redirect_uri, parameters), 303, NO_STORE)
