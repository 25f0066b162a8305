"""The accounts: register, import, read, and change one's own.

Each route turns its body into a command, calls one use case and shows what came of it.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from auth.api.dependencies import IfMatch, IfNoneMatch, Injected, own_id
from auth.api.problems import PROBLEMS
from auth.api.schemas import Import, ProfilePatch, Registration, User
from auth.application.change_profile import ChangeProfile, change_profile, profile_etag
from auth.application.idempotent_user import location_of
from auth.application.import_user import ImportUser, import_user
from auth.application.queries import UserView
from auth.application.register_user import RegisterUser, register_user
from auth.domain.errors import EmailTaken, ProfileChanged, SignInBusy, UserNotFound
from chassis.etags import matches_weakly
from chassis.http_idempotency import OptionalKey
from chassis.problems import problem_responses
from chassis.security import PUBLIC, Caller, requires

ME = "/v1/users/me"

router = APIRouter(tags=["users"])


def problems(*errors: type[Exception]) -> dict[int | str, Any]:
    """Returns what a route's `responses=` takes, from this service's table."""
    return problem_responses(*errors, table=PROBLEMS)


@router.post(
    "/v1/users",
    status_code=201,
    operation_id="register_user",
    openapi_extra=PUBLIC,
    summary="Open an account",
    responses=problems(EmailTaken, SignInBusy),
)
async def register(
    body: Registration, response: Response, container: Injected, key: OptionalKey
) -> User:
    """Opens a customer's account. With an Idempotency-Key a repeated request repeats nothing."""
    command = RegisterUser(
        email=body.email,
        name=body.name,
        password=body.password.get_secret_value(),
        key=key.scoped("anonymous") if key else None,
    )
    user = await register_user(command, container.new_uow(), container.passwords, container.clock())
    response.headers["Location"] = location_of(user.id)
    return User.of(UserView.of(user), ME)


@router.post(
    "/v1/users/imports",
    status_code=201,
    operation_id="import_user",
    summary="Import a customer",
    responses={200: {"model": User, "description": "Imported before"}, **problems(EmailTaken)},
)
async def import_one(
    body: Import,
    response: Response,
    container: Injected,
    caller: Annotated[Caller, requires("users:import")],
    key: OptionalKey,
) -> User:
    """Makes an account without a password; the same address again changes nothing."""
    command = ImportUser(
        email=body.email,
        name=body.name,
        client_id=caller.client_id,
        key=key.scoped(caller.identity) if key else None,
    )
    user, is_new = await import_user(command, container.new_uow(), container.clock())
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = location_of(user.id)
    return User.of(UserView.of(user), location_of(user.id))


@router.get(
    ME,
    operation_id="read_own_profile",
    summary="Read your own account",
    response_model=User,
    responses={304: {"description": "You have it already"}, **problems(UserNotFound)},
)
async def read_me(
    response: Response,
    container: Injected,
    caller: Annotated[Caller, requires("profile")],
    if_none_match: IfNoneMatch = None,
) -> User | Response:
    """The account that the access token speaks for."""
    view = await container.queries.user(own_id(caller))
    etag = profile_etag(view.id, view.version)
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if matches_weakly(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return User.of(view, ME)


@router.patch(
    ME,
    operation_id="change_own_profile",
    summary="Change your own account",
    responses=problems(UserNotFound, ProfileChanged),
)
async def patch_me(
    body: ProfilePatch,
    response: Response,
    container: Injected,
    caller: Annotated[Caller, requires("profile")],
    if_match: IfMatch = None,
) -> User:
    """A JSON Merge Patch; fields that are left out stay as they are."""
    name = body.name if "name" in body.model_fields_set else None
    user = await change_profile(ChangeProfile(own_id(caller), name, if_match), container.new_uow())
    response.headers["ETag"] = profile_etag(user.id, user.version)
    return User.of(UserView.of(user), ME)


@router.get(
    "/v1/users/{user_id}",
    operation_id="read_user",
    summary="Read an account",
    responses=problems(UserNotFound),
)
async def read_user(
    user_id: Annotated[UUID, Path(examples=["01990000-0000-7000-8000-0000000000f1"])],
    container: Injected,
    _caller: Annotated[Caller, requires("users:read")],
    request: Request,
) -> User:
    """Anybody's account, for the staff."""
    return User.of(await container.queries.user(user_id), request.url.path)
