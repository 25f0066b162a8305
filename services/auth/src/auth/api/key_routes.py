"""Rotation of the signing keys, for the admin."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from auth.api.client_problems import CLIENT_PROBLEMS
from auth.api.dependencies import Injected
from auth.application.rotate_keys import rotate_keys
from auth.domain.key_schedule import RotationUnderWay
from chassis.problems import problem_responses
from chassis.security import Caller, requires

router = APIRouter(tags=["keys"])
ROTATION: dict[str, Any] = {
    "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    "signs_from": "2026-11-22T12:05:30Z",
}


class Rotation(BaseModel):
    """The new key, and when it takes over."""

    model_config = ConfigDict(json_schema_extra={"examples": [ROTATION]})

    kid: str
    signs_from: datetime


@router.post(
    "/v1/signing-key-rotations",
    status_code=201,
    operation_id="rotate_signing_key",
    summary="Rotate the key that signs tokens",
    responses=problem_responses(RotationUnderWay, table=CLIENT_PROBLEMS),
)
async def rotate(
    response: Response, container: Injected, _caller: Annotated[Caller, requires("keys:write")]
) -> Rotation:
    """Publishes a new key, which signs once everybody can know it; no request fails over it."""
    plan = await rotate_keys(container.new_uow(), container.key_maker, container.clock())
    response.headers["Cache-Control"] = "no-store"
    return Rotation(kid=plan.kid, signs_from=plan.signs_from)
