"""The one table from notifications' errors to problem types (RFC 9457).

`bootstrap.py` hands it to the chassis; a test checks that every domain error has its row.
"""

from chassis.problems import ProblemTable, ProblemType
from notifications.domain import errors

PROBLEMS: ProblemTable = {
    errors.MessageNotFound: ProblemType(404, "message-not-found", "No such message"),
    errors.MailNeeded: ProblemType(422, "mail-needed", "Such mails cannot be turned off"),
    errors.PreferencesChanged: ProblemType(
        412, "preferences-changed", "The preferences have changed"
    ),
    errors.WebhookNotFound: ProblemType(404, "webhook-not-found", "No such webhook"),
    errors.DeliveryNotFound: ProblemType(404, "delivery-not-found", "No such delivery"),
    errors.UrlRefused: ProblemType(422, "webhook-url-refused", "A webhook cannot go there"),
    errors.TooManyWebhooks: ProblemType(409, "too-many-webhooks", "There are too many webhooks"),
    errors.WebhookChanged: ProblemType(412, "webhook-changed", "The webhook has changed"),
    errors.OrderNotFound: ProblemType(404, "order-not-found", "No such order"),
    errors.TooManyStreams: ProblemType(
        429, "too-many-streams", "Too many streams are open", {"Retry-After": "60"}
    ),
    errors.UpdatesUnavailable: ProblemType(
        503, "updates-unavailable", "There are no live updates now", {"Retry-After": "5"}
    ),
    errors.WebhookDisabled: ProblemType(409, "webhook-disabled", "The webhook is disabled"),
}
