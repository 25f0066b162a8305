"""Who a cart and the orders made from it belong to: an account, or a guest's secret token.

The edge makes one from the caller's token or the Cart-Token header. The secret itself is never
kept: a guest is known by its SHA-256, so that a stolen store opens no cart.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class OwnerKind(StrEnum):
    """An account that signed in, or a guest with a token."""

    CUSTOMER = "customer"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Owner:
    """`id` is the account's id for a customer, the token's SHA-256 in hex for a guest."""

    kind: OwnerKind
    id: str

    @classmethod
    def customer(cls, account_id: str) -> "Owner":
        """Returns the owner for a signed-in account."""
        return cls(OwnerKind.CUSTOMER, account_id)

    @classmethod
    def guest(cls, token: str) -> "Owner":
        """Returns the owner that this secret token stands for."""
        return cls(OwnerKind.GUEST, hashlib.sha256(token.encode()).hexdigest())

    @classmethod
    def parse(cls, text: str) -> "Owner":
        """Reads what `str(owner)` wrote into a store."""
        kind, _, identity = text.partition(":")
        return cls(OwnerKind(kind), identity)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def customer_id(self) -> str | None:
        """The account's id; None for a guest."""
        return self.id if self.kind is OwnerKind.CUSTOMER else None
