"""Bodies of `/v1/notification-preferences`.

Kinds are the templates' names, as `/v1/messages` shows them.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from chassis.schemas import StrictModel
from notifications.api.schemas import Links
from notifications.domain.message import Template
from notifications.domain.preferences import ALWAYS, OPTIONAL, Preferences

PATH = "/v1/notification-preferences"
_EXAMPLE: dict[str, Any] = {
    "informational": True,
    "kinds": {kind: kind != "order_packed" for kind in sorted(OPTIONAL)},
    "always": sorted(ALWAYS),
    "_links": {"self": {"href": PATH}},
}


class PreferencesBody(BaseModel):
    """What the customer is told by mail."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [_EXAMPLE]})

    informational: Annotated[bool, Field(description="Whether any mail of `kinds` is sent.")]
    kinds: Annotated[dict[Template, bool], Field(description="Which of those mails are wanted.")]
    always: Annotated[list[Template], Field(description="Sent in any case.")]
    links: Annotated[Links, Field(alias="_links")]

    @classmethod
    def of(cls, preferences: Preferences) -> "PreferencesBody":
        """Shows every kind that can be turned off, and those that cannot."""
        return cls(
            informational=preferences.informational,
            kinds={kind: kind not in preferences.turned_off for kind in sorted(OPTIONAL)},
            always=sorted(ALWAYS),
            links={"self": {"href": PATH}},
        )


class KindsPatch(StrictModel):
    """A member for each kind, also for those that are needed: who turns one off is told why not."""

    order_packed: bool | None = None
    order_shipped: bool | None = None
    order_delivered: bool | None = None
    return_received: bool | None = None
    order_confirmed: bool | None = None
    order_rejected: bool | None = None
    order_cancelled: bool | None = None
    return_requested: bool | None = None
    return_refused: bool | None = None
    payment_refunded: bool | None = None
    refund_failed: bool | None = None
    capture_failed: bool | None = None
    welcome: bool | None = None
    webhook_disabled: bool | None = None


class PreferencesPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396); null is the default, which is to be told."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kinds": {"order_packed": False}}]},
    )

    informational: bool | None = None
    kinds: KindsPatch | None = None

    def choice(self) -> bool | None:
        """Returns what was said of informational mails at all; None is nothing."""
        if "informational" not in self.model_fields_set:
            return None
        return self.informational is not False

    def choices(self) -> dict[Template, bool]:
        """Returns what was said of single kinds."""
        if "kinds" not in self.model_fields_set:
            return {}
        if self.kinds is None:
            return dict.fromkeys(OPTIONAL, True)
        given = self.kinds.model_dump(include=self.kinds.model_fields_set)
        return {Template(kind): wanted is not False for kind, wanted in given.items()}
