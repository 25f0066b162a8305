"""The routes of `/v1/notification-preferences`: a customer's own, and nobody else's.

A guest has none: their one order is all that we ever write to them about.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from chassis.problems import problem_responses
from notifications.api.dependencies import Account, IfMatch, Reads, Work
from notifications.api.preference_schemas import PATH, PreferencesBody, PreferencesPatch
from notifications.api.problems import PROBLEMS
from notifications.application.change_preferences import change_preferences, preferences_etag
from notifications.domain.errors import MailNeeded, PreferencesChanged

router = APIRouter(prefix=PATH, tags=["notifications"])

Patch = Annotated[PreferencesPatch, Body(media_type="application/merge-patch+json")]


@router.get(
    "", operation_id="read_notification_preferences", summary="Which mails the customer wants"
)
async def read(account: Account, response: Response, reads: Reads) -> PreferencesBody:
    """Who never chose is told everything."""
    preferences = await reads.preferences(account)
    response.headers["ETag"] = preferences_etag(preferences)
    return PreferencesBody.of(preferences)


@router.patch(
    "",
    operation_id="change_notification_preferences",
    summary="Choose which mails to get",
    responses=problem_responses(MailNeeded, PreferencesChanged, table=PROBLEMS),
)
async def change(
    account: Account, body: Patch, response: Response, new_work: Work, if_match: IfMatch = None
) -> PreferencesBody:
    """A JSON Merge Patch. What the law or the contract needs cannot be turned off."""
    preferences = await change_preferences(
        account, body.choice(), body.choices(), if_match, new_work()
    )
    response.headers["ETag"] = preferences_etag(preferences)
    return PreferencesBody.of(preferences)
