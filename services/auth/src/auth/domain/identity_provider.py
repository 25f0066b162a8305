"""Other servers of OpenID Connect at which people may sign in, and who somebody is there.

`foreign_sign_in` uses them; which there are is configuration, never a person's choice, so no URL
of a stranger's is ever fetched.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from auth.domain.errors import AccountError

# How somebody proved who they are; RFC 8176 has no name for "elsewhere".
FEDERATED = "fed"


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """One provider and how we are registered there; without a secret, as a public client."""

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ForeignIdentity:
    """Who somebody is there. `subject` is theirs for ever; `email` only if they vouch for it."""

    issuer: str
    subject: str
    email: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """An account of ours that somebody signs in to by way of another provider."""

    issuer: str
    subject: str
    user_id: UUID
    linked_at: datetime


class ForeignSignInRefused(AccountError):
    """The provider, or our rules, do not let this person in; str() is for them to read."""


class ProviderAway(AccountError):
    """The provider does not answer, or not as OpenID Connect says."""

    def __init__(self) -> None:
        super().__init__("The other provider does not answer. Please try again shortly.")
