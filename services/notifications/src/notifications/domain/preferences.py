"""What a customer wants to be told by mail, and what they are told whatever they want.

Applied when a message is written. A guest has no preferences: the mails about their one order are
all that they ever get from us.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from notifications.domain.errors import MailNeeded
from notifications.domain.message import Template

OPTIONAL = frozenset(
    {
        Template.ORDER_PACKED,
        Template.ORDER_SHIPPED,
        Template.ORDER_DELIVERED,
        Template.RETURN_RECEIVED,
    }
)
"""Mails that only inform. None of them advertises anything."""

# What the law or the contract needs: that a contract came about or did not, that a return was
# asked for or refused, and where the money is.
ALWAYS = frozenset(Template) - OPTIONAL


@dataclass(frozen=True, slots=True)
class Preferences:
    """One account's. Without `informational` nothing optional is sent, whatever the kind."""

    user_id: UUID
    version: int = 0
    informational: bool = True
    turned_off: frozenset[Template] = frozenset()

    def want(self, template: Template) -> bool:
        """True where a message of this kind shall be sent."""
        return template in ALWAYS or (self.informational and template not in self.turned_off)

    def changed(self, informational: bool, kinds: Mapping[Template, bool]) -> "Preferences":
        """Returns them with these choices; kinds that are not named stay. Raises MailNeeded."""
        off = {kind for kind, wanted in kinds.items() if not wanted}
        if needed := off & ALWAYS:
            raise MailNeeded(min(needed))
        return replace(
            self,
            version=self.version + 1,
            informational=informational,
            turned_off=(self.turned_off - kinds.keys()) | off,
        )
