"""Turns what accounts record into the messages of `contracts/events/auth/`.

The unit of work calls it at commit; nobody else knows how an event looks on the wire.
"""

from auth.domain.user import UserRegistered
from chassis.envelope import Event, new_event

SOURCE = "/services/auth"
TOPIC = "auth.events"


def to_message(event: UserRegistered) -> Event:
    """Returns the envelope of an event. E-mail and name are marked `x-pii` in the contract."""
    user = event.user
    return new_event(
        source=SOURCE,
        type="auth.user_registered.v1",
        subject=str(user.id),
        sequence=user.version,
        data={
            "user_id": str(user.id),
            "email": user.email,
            "name": user.name,
            "roles": sorted(user.roles),
            "imported": user.imported_by is not None,
        },
    )
