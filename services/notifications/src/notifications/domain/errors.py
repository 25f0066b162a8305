"""Every way in which notifications says no, each with a name.

`api/problems.py` has one row for each; the text of an error is what a client reads.
"""

from uuid import UUID


class NotificationsError(Exception):
    """The root of this service's domain errors."""


class MessageNotFound(NotificationsError):
    """There is no such message, or it is somebody else's."""

    def __init__(self, message_id: UUID) -> None:
        super().__init__(f"There is no message {message_id}.")


class MailNeeded(NotificationsError):
    """The law or the contract needs mails of this kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"Mails of the kind {kind} cannot be turned off: the law, or the contract about an "
            "order, needs them."
        )
        self.extras = {"kind": str(kind)}


class PreferencesChanged(NotificationsError):
    """If-Match names preferences that are no longer so."""

    def __init__(self) -> None:
        super().__init__("Your preferences have changed since you read them.")
