"""A client asks to sign its user out here too (OpenID Connect RP-Initiated Logout 1.0).

The ID token that it sends says whose session it means, so the person is asked only without one,
or when somebody else is at the browser. Called by the logout routes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import Client
from auth.domain.grant_ports import IdToken, TokenMaker
from auth.domain.oauth_errors import UnsafeRedirect


@dataclass(frozen=True, slots=True)
class Logout:
    """A checked request: where the browser goes afterwards, and whose session ends."""

    redirect_uri: str | None
    state: str | None
    hint: IdToken | None

    @property
    def session(self) -> tuple[UUID, UUID] | None:
        """The account and the session that the hint names, if it names one."""
        if self.hint is None or self.hint.session_id is None:
            return None
        return UUID(self.hint.subject), UUID(self.hint.session_id)

    def concerns(self, subject: str, session_id: str) -> bool:
        """True when the client has shown that it means this very session, or this person."""
        if self.hint is None or self.hint.subject != subject:
            return False
        return self.hint.session_id in {None, session_id}


async def check_logout(
    parameters: Mapping[str, str], uow: UnitOfWork, tokens: TokenMaker
) -> Logout:
    """Raises UnsafeRedirect for a hint that is not ours, or an address nobody registered."""
    hint = _hint(parameters, tokens)
    client_id = parameters.get("client_id") or (hint.audience if hint else None)
    if hint is not None and client_id != hint.audience:
        raise UnsafeRedirect("The client_id is not the one of the id_token_hint.")
    uri = parameters.get("post_logout_redirect_uri") or None
    if uri is not None:
        _check_registered(uri, await _client(client_id, uow))
    return Logout(uri, parameters.get("state") or None, hint)


def _hint(parameters: Mapping[str, str], tokens: TokenMaker) -> IdToken | None:
    text = parameters.get("id_token_hint")
    if not text:
        return None
    hint = tokens.open_id_token(text)
    if hint is None:
        raise UnsafeRedirect("The id_token_hint is no ID token of this server.")
    return hint


async def _client(client_id: str | None, uow: UnitOfWork) -> Client | None:
    async with uow:
        return await uow.clients.get(client_id or "")


def _check_registered(uri: str, client: Client | None) -> None:
    if client is None or uri not in client.post_logout_redirect_uris:
        raise UnsafeRedirect("The post_logout_redirect_uri is not registered for this client.")
