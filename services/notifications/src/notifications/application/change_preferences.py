"""A customer says which mails they want.

Called by `/v1/notification-preferences`. What is written from then on follows it; what was written
before is sent.
"""

from collections.abc import Mapping
from uuid import UUID

from chassis.etags import matches, strong_etag
from notifications.domain.errors import PreferencesChanged
from notifications.domain.message import Template
from notifications.domain.ports import UnitOfWork
from notifications.domain.preferences import Preferences


def preferences_etag(preferences: Preferences) -> str:
    """Returns the entity tag."""
    return strong_etag(preferences.user_id, preferences.version)


async def change_preferences(
    user_id: UUID,
    informational: bool | None,
    kinds: Mapping[Template, bool],
    if_match: str | None,
    uow: UnitOfWork,
) -> Preferences:
    """Changes what is named; None leaves it. Raises MailNeeded and PreferencesChanged."""
    async with uow:
        held = await uow.preferences.lock(user_id)
        if if_match is not None and not matches(if_match, preferences_etag(held)):
            raise PreferencesChanged
        wanted = held.informational if informational is None else informational
        changed = held.changed(wanted, kinds)
        await uow.preferences.save(changed)
        await uow.commit()
    return changed
