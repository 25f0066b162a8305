"""An account: who somebody is, what they may do and how they came here.

The use cases `register_user`, `import_user` and `change_profile` change it through these
methods alone; `event_mapping.py` publishes what it records.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from auth.domain.email import email_key, normalise_email
from auth.domain.errors import InvalidField
from auth.domain.rights import Role

# NIST SP 800-63B asks for length, not for character classes; the upper limit only keeps the
# work of hashing bounded.
PASSWORD_LENGTH = range(10, 129)
NAME_LENGTH = range(1, 121)


@dataclass(frozen=True, slots=True)
class UserRegistered:
    """An account came into being, by its owner's registration or by an import."""

    user: "User"


@dataclass(slots=True)
class User:
    """The aggregate. `password_hash` is None for an imported account: nobody can sign in to it."""

    id: UUID
    email: str
    name: str
    roles: frozenset[Role]
    password_hash: str | None
    imported_by: str | None
    created_at: datetime
    version: int = 1
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
    )
    user.events.append(UserRegistered(user))
    return user


def check_password(password: str) -> None:
    """Raises InvalidField when the password is too short or too long, in code points."""
    if len(password) not in PASSWORD_LENGTH:
        shortest, longest = PASSWORD_LENGTH[0], PASSWORD_LENGTH[-1]
        raise InvalidField("password", f"must have {shortest} to {longest} characters")


def clean_name(name: str) -> str:
    """Returns the name with single spaces; raises InvalidField when empty, long or unprintable."""
    cleaned = " ".join(name.split())
    if len(cleaned) not in NAME_LENGTH or not cleaned.isprintable():
        raise InvalidField("name", f"must have 1 to {NAME_LENGTH[-1]} printable characters")
    return cleaned
