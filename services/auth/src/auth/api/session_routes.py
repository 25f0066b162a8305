"""One's own sign-ins over the API: where one is signed in, signing out there, a new password.

People do the same on the page `/account`. A session belongs to its owner's list, so the id of
somebody else's is unknown here.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from auth.api.dependencies import Injected, own_id
from auth.api.examples import SESSION_ID
from auth.api.routes import ME, problems
from auth.api.session_schemas import PasswordChange, SignedInSession, SignedInSessions
from auth.application.change_password import ChangePassword, change_password
from auth.application.end_sessions import end_all_sessions, end_session
from auth.application.own_session import session_of_grant
from auth.domain.errors import SignInBusy, Throttled, UserNotFound, WrongPassword
from chassis.security import Caller, requires

SESSIONS = f"{ME}/sessions"
CHANGES = f"{ME}/password-changes"

router = APIRouter(tags=["users"])
Owner = Annotated[Caller, requires("account:write")]


@router.get(SESSIONS, operation_id="list_own_sessions", summary="See where you are signed in")
async def list_sessions(response: Response, container: Injected, caller: Owner) -> SignedInSessions:
    """The browsers in which the account is signed in, the newest first."""
    user_id = own_id(caller)
    sessions = await container.sessions.of_user(user_id)
    current = await session_of_grant(user_id, caller.grant, container.new_uow())
    response.headers["Cache-Control"] = "no-store"
    return SignedInSessions(
        items=[SignedInSession.of(session, current) for session in sessions],
        links={"self": {"href": SESSIONS}},
    )


@router.delete(
    SESSIONS,
    status_code=204,
    operation_id="end_own_sessions",
    summary="Sign out everywhere",
    responses=problems(UserNotFound),
)
async def delete_sessions(
    container: Injected,
    caller: Owner,
    keep_current: Annotated[
        bool,
        Query(description="Spare the session that this token came from.", examples=[True]),
    ] = False,
) -> None:
    """Ends all sessions and revokes every token that came from them."""
    user_id = own_id(caller)
    keep = None
    if keep_current:
        keep = await session_of_grant(user_id, caller.grant, container.new_uow())
    await end_all_sessions(
        user_id, container.new_uow(), container.sessions, container.clock(), keep
    )


@router.delete(
    SESSIONS + "/{session_id}",
    status_code=204,
    operation_id="end_own_session",
    summary="Sign out in one browser",
)
async def delete_session(
    session_id: Annotated[UUID, Path(examples=[SESSION_ID])], container: Injected, caller: Owner
) -> None:
    """Ends the session and revokes the tokens that came from it.

    A session that has ended, or that is none of yours, is signed out already: 204 as well.
    """
    uow, now = container.new_uow(), container.clock()
    await end_session(own_id(caller), session_id, uow, container.sessions, now)


@router.post(
    CHANGES,
    status_code=204,
    operation_id="change_own_password",
    summary="Change your password",
    responses=problems(UserNotFound, WrongPassword, Throttled, SignInBusy),
)
async def change_own_password(body: PasswordChange, container: Injected, caller: Owner) -> None:
    """Signs out everywhere but in the session that this token came from, and sends a mail."""
    user_id = own_id(caller)
    command = ChangePassword(
        user_id=user_id,
        current=body.current_password.get_secret_value(),
        new=body.new_password.get_secret_value(),
        session=await session_of_grant(user_id, caller.grant, container.new_uow()),
    )
    await change_password(command, container.new_uow(), container.guards, container.clock)
