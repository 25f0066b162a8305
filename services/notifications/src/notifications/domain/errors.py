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


class WebhookNotFound(NotificationsError):
    """There is no such webhook."""

    def __init__(self, webhook_id: UUID) -> None:
        super().__init__(f"There is no webhook {webhook_id}.")


class DeliveryNotFound(NotificationsError):
    """This webhook has no such delivery; old ones are forgotten."""

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__(f"This webhook has no delivery {delivery_id}.")


class UrlRefused(NotificationsError):
    """A webhook may not go there."""


class TooManyWebhooks(NotificationsError):
    """The shop has as many as it may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The shop may have {limit} webhooks; remove one first.")


class WebhookChanged(NotificationsError):
    """If-Match names a webhook as it is no longer."""

    def __init__(self) -> None:
        super().__init__("The webhook has changed since you read it.")


class WebhookDisabled(NotificationsError):
    """Nothing is sent to a webhook that is disabled."""

    def __init__(self) -> None:
        super().__init__("The webhook is disabled; enable it first.")


class OrderNotFound(NotificationsError):
    """There is no such order, or it is somebody else's."""

    def __init__(self, order_id: UUID) -> None:
        super().__init__(f"There is no order {order_id} of yours.")


class TooManyStreams(NotificationsError):
    """One caller follows as many orders at once as one may."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"You may follow {limit} orders at once; close a stream first.")


class UpdatesUnavailable(NotificationsError):
    """Live updates cannot be had now: Redis is away, or there are too many who listen."""

    def __init__(self) -> None:
        super().__init__("Live updates are not available now; the order can be read as ever.")
