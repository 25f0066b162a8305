"""An account: who somebody is, what they may do and how they came here.

The use cases (`register_user`, `change_password`, `verify_email` and others) change it through
these methods alone; `event_mapping.py` publishes what it records.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from auth.domain.email import email_key, normalise_email
from auth.domain.errors import InvalidField
from auth.domain.rights import Role

NAME_LENGTH = range(1, 121)


@dataclass(frozen=True, slots=True)
class UserRegistered:
    """An account came into being, by its owner's registration or by an import."""

    user: "User"


@dataclass(slots=True)
class User:
    """The aggregate. `password_hash` is None for an imported account: nobody can sign in to it.

    Sessions begun before `signed_out_at` are over, but for `kept_session`.
    """

    id: UUID
    email: str
    name: str
    roles: frozenset[Role]
    password_hash: str | None
    imported_by: str | None
    created_at: datetime
    version: int = 1
    email_verified_at: datetime | None = None
    signed_out_at: datetime | None = None
    kept_session: UUID | None = None
    events: list[UserRegistered] = field(default_factory=list, compare=False)

    @property
    def email_key(self) -> str:
        """The address as it is compared."""
        return email_key(self.email)

    def rename(self, name: str) -> None:
        """Changes the name; raises InvalidField. The same name again is no new version."""
        cleaned = clean_name(name)
        if cleaned != self.name:
            self.name = cleaned
            self.version += 1

    def verify_email(self, key: str, now: datetime) -> None:
        """Notes that the owner reads this address's mail; another address than ours is ignored."""
        if key == self.email_key and self.email_verified_at is None:
            self.email_verified_at = now
            self.version += 1

    def change_password(self, password_hash: str) -> None:
        """Takes the hash of a new password; it is the caller's part to end sessions."""
        self.password_hash = password_hash
        self.version += 1

    def sign_out(self, now: datetime, keep: UUID | None = None) -> None:
        """Ends every session begun before now but `keep`, wherever its cookie or code may be."""
        self.signed_out_at, self.kept_session = now, keep

    def trusts(self, session_id: UUID | None, since: datetime) -> bool:
        """True while a session begun at `since`, or a code given then, has not been signed out."""
        if self.signed_out_at is None or since > self.signed_out_at:
            return True
        return session_id is not None and session_id == self.kept_session

    def may_be_acted_for_by(self, client_id: str) -> bool:
        """True when this client made the account by import and nobody has taken it over since."""
        return (
            self.imported_by == client_id
            and self.password_hash is None
            and self.roles == {Role.CUSTOMER}
        )


def new_user(
    user_id: UUID,
    *,
    email: str,
    name: str,
    now: datetime,
    password_hash: str | None = None,
    imported_by: str | None = None,
    roles: frozenset[Role] = frozenset({Role.CUSTOMER}),
    email_verified_at: datetime | None = None,
) -> User:
    """Makes an account and records UserRegistered. Raises InvalidField for email or name."""
    user = User(
        id=user_id,
        email=normalise_email(email),
        name=clean_name(name),
        roles=roles,
        password_hash=password_hash,
        imported_by=imported_by,
        created_at=now,
        email_verified_at=email_verified_at,
    )
    user.events.append(UserRegistered(user))
    return user


def clean_name(name: str) -> str:
    """Returns the name with single spaces; raises InvalidField when empty, long or unprintable."""
    cleaned = " ".join(name.split())
    if len(cleaned) not in NAME_LENGTH or not cleaned.isprintable():
        raise InvalidField("name", f"must have 1 to {NAME_LENGTH[-1]} printable characters")
    return cleaned
