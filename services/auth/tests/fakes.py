"""Auth in memory: repositories that forget what was not committed, and quick doubles of ports.

The unit and API tests use them; `integration/test_repositories.py` runs one suite over these and
over PostgreSQL, so that the fakes stay honest.
"""

import copy
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from auth.adapters.event_mapping import TOPIC, to_message
from auth.adapters.guessing import guessable
from auth.application.queries import UserView
from auth.domain.errors import EmailTaken, UserNotFound
from auth.domain.session import Session
from auth.domain.user import User
from chassis.envelope import Event
from chassis.testing import FakeUnitOfWork, signing_key
from chassis.tokens import PublicKey, SigningKey
from services.auth.tests.account_fakes import MemoryMailedTokens, MemoryMails, MemorySecondFactors
from services.auth.tests.federation_fakes import MemoryIdentities
from services.auth.tests.grant_fakes import (
    MemoryClients,
    MemoryCodes,
    MemoryConsents,
    MemoryExchanges,
    MemoryFamilies,
    MemoryRevocations,
    MemorySigningKeys,
)
from services.auth.tests.shelf import Shelf

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """A clock that only moves when told to; it starts now, since tokens are checked for real."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


class MemoryUsers:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.seen: list[User] = []

    async def get(self, user_id: UUID) -> User:
        if user_id not in self._shelf.users:
            raise UserNotFound(user_id)
        return copy.deepcopy(self._shelf.users[user_id])

    async def lock(self, user_id: UUID) -> User:
        return await self.get(user_id)

    async def by_email(self, key: str) -> User | None:
        found = (user for user in self._shelf.users.values() if user.email_key == key)
        return copy.deepcopy(next(found, None))

    async def add(self, user: User) -> None:
        if user.id in self._shelf.users or await self.by_email(user.email_key):
            raise EmailTaken
        self.seen.append(user)
        self._shelf.users[user.id] = copy.deepcopy(user)
        self._shelf.users[user.id].events.clear()

    async def save(self, user: User) -> None:
        self._shelf.users[user.id] = copy.deepcopy(user)


class MemoryUnitOfWork(FakeUnitOfWork):
    """Works on a copy of the shelf, which becomes the shelf at commit."""

    users: MemoryUsers
    clients: MemoryClients
    codes: MemoryCodes
    families: MemoryFamilies
    exchanges: MemoryExchanges
    mails: MemoryMails
    mailed_tokens: MemoryMailedTokens
    second_factors: MemorySecondFactors
    identities: MemoryIdentities
    consents: MemoryConsents
    revocations: MemoryRevocations
    keys: MemorySigningKeys

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._draft = copy.deepcopy(self.shelf)
        self.users = MemoryUsers(self._draft)
        self.clients = MemoryClients(self._draft)
        self.codes = MemoryCodes(self._draft)
        self.families = MemoryFamilies(self._draft)
        self.exchanges = MemoryExchanges(self._draft)
        self.mails = MemoryMails(self._draft)
        self.mailed_tokens = MemoryMailedTokens(self._draft)
        self.identities = MemoryIdentities(self._draft)
        self.second_factors = MemorySecondFactors(self._draft)
        self.consents = MemoryConsents(self._draft)
        self.revocations = MemoryRevocations(self._draft)
        self.keys = MemorySigningKeys(self._draft)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await super().__aexit__(kind, error, trace)
        self._draft = copy.deepcopy(self.shelf)

    def collect(self) -> Iterable[tuple[str, Event]]:
        for user in self.users.seen:
            while user.events:
                yield TOPIC, to_message(user.events.pop(0))

    async def commit(self) -> None:
        await super().commit()
        self.shelf = copy.deepcopy(self._draft)


class MemoryQueries:
    def __init__(self, uow: MemoryUnitOfWork) -> None:
        self._uow = uow

    async def user(self, user_id: UUID) -> UserView:
        if user_id not in self._uow.shelf.users:
            raise UserNotFound(user_id)
        return UserView.of(self._uow.shelf.users[user_id])


class QuickPasswords:
    """Counts the hashes it computes instead of being slow."""

    def __init__(self) -> None:
        self.computed = 0

    async def hash(self, password: str) -> str:
        self.computed += 1
        return f"hash of {password}"

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.computed += 1
        return password_hash == f"hash of {password}"

    async def guessable(self, password: str, about: Sequence[str]) -> bool:
        return guessable(password, about)


class MemorySessions:
    def __init__(self) -> None:
        self.kept: dict[str, Session] = {}

    async def open(self, session: Session) -> str:
        secret = secrets.token_urlsafe(32)
        self.kept[secret] = session
        return secret

    async def find(self, secret: str, now: datetime) -> Session | None:
        session = self.kept.get(secret)
        if session is None or now >= session.ends_at:
            return None
        self.kept[secret] = replace(session, last_seen_at=now)
        return self.kept[secret]

    async def close(self, secret: str) -> None:
        self.kept.pop(secret, None)

    async def of_user(self, user_id: UUID) -> list[Session]:
        own = [session for session in self.kept.values() if session.user_id == user_id]
        return sorted(own, key=lambda session: session.started_at, reverse=True)

    async def end(self, user_id: UUID, sid: UUID) -> None:
        for secret, session in list(self.kept.items()):
            if (session.user_id, session.sid) == (user_id, sid):
                del self.kept[secret]

    async def end_all(self, user_id: UUID, keep: UUID | None = None) -> None:
        for session in await self.of_user(user_id):
            if session.sid != keep:
                await self.end(user_id, session.sid)


class MemoryKeys:
    """One signing key for the whole test process."""

    signer: SigningKey = signing_key("auth-test")
    seal: bytes = b"s" * 32

    def __init__(self) -> None:
        self._public = PublicKey(self.signer.public_jwk())

    async def key(self, kid: str) -> PublicKey | None:
        return self.public(kid)

    def public(self, kid: str) -> PublicKey | None:
        return self._public if kid == self._public.kid else None

    def public_set(self) -> dict[str, Any]:
        return {"keys": [self.signer.public_jwk()]}
