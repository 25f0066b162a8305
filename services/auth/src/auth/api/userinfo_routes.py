"""Who the person behind an access token is, for OpenID Connect's clients (Core §5.3).

Only what its scopes allow; any route of the shop's own API tells more, with the scope for it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from auth.api.dependencies import Injected, own_id
from auth.api.oauth_errors import NO_STORE
from auth.api.problems import PROBLEMS
from auth.application.queries import UserView
from auth.application.server_metadata import USERINFO_PATH
from auth.domain.errors import UserNotFound
from auth.domain.rights import EMAIL, OPENID
from chassis.problems import problem_responses
from chassis.schemas import pii
from chassis.security import Caller, requires

router = APIRouter(tags=["oauth"])


class UserInfo(BaseModel):
    """The claims of the person (OpenID Connect Core §5.1); those not allowed are left out."""

    sub: str
    name: Annotated[str | None, pii()] = None
    email: Annotated[str | None, pii()] = None
    email_verified: bool | None = None

    @classmethod
    def of(cls, view: UserView, scopes: frozenset[str]) -> "UserInfo":
        """Shows what these scopes allow."""
        claims: dict[str, Any] = {"sub": str(view.id)}
        if "profile" in scopes:
            claims["name"] = view.name
        if EMAIL in scopes:
            claims |= {"email": view.email, "email_verified": view.email_verified}
        return cls(**claims)


@router.get(
    USERINFO_PATH,
    operation_id="read_userinfo",
    summary="Read who you are, as OpenID Connect says it",
    response_model_exclude_none=True,
    responses=problem_responses(UserNotFound, table=PROBLEMS),
)
@router.post(USERINFO_PATH, include_in_schema=False, response_model_exclude_none=True)
async def read_userinfo(
    response: Response, container: Injected, caller: Annotated[Caller, requires(OPENID)]
) -> UserInfo:
    """The claims of the person whom the access token speaks for."""
    response.headers.update(NO_STORE)
    return UserInfo.of(await container.queries.user(own_id(caller)), caller.scopes)
