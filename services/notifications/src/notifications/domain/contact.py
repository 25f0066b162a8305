"""Whom a message can go to: accounts, learned from auth's events.

A guest has no account; their address comes with the order.
"""

from dataclasses import dataclass
from uuid import UUID

LONGEST_GREETING = 80


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address and the name to greet."""

    email: str
    name: str

    @property
    def greeting(self) -> str:
        """The name as mail may show it: one line of printable text, not too long.

        Anybody can register somebody else's address under a name that is an advertisement.
        """
        printable = "".join(c if c.isprintable() else " " for c in self.name)
        return " ".join(printable.split())[:LONGEST_GREETING] or "customer"


@dataclass(frozen=True, slots=True)
class Contact:
    """An account's address. `version` is the sequence of the event that it came with."""

    user_id: UUID
    version: int
    recipient: Recipient
