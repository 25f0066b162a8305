"""What is committed in an auth without a database; the fakes read and write it."""

from dataclasses import dataclass, field
from uuid import UUID

from auth.domain.identity_provider import LinkedIdentity
from auth.domain.second_factor import SecondFactor
from auth.domain.secret_mail import MailedToken, PendingMail
from auth.domain.user import User
from services.auth.tests.grant_fakes import GrantShelf


@dataclass
class Shelf(GrantShelf):
    """What is committed."""

    users: dict[UUID, User] = field(default_factory=dict)
    mails: dict[UUID, PendingMail] = field(default_factory=dict)
    mailed_tokens: dict[bytes, MailedToken] = field(default_factory=dict)
    second_factors: dict[UUID, SecondFactor] = field(default_factory=dict)
    identities: dict[tuple[str, str], LinkedIdentity] = field(default_factory=dict)
    recovery_codes: dict[UUID, set[bytes]] = field(default_factory=dict)
