"""Doubles of what accounts need: mails that wait, links, second factors, counts of tries.

Beside `fakes.py`, whose unit of work holds them.
"""

import copy
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from auth.domain.account_ports import SecondStep
from auth.domain.errors import Throttled
from auth.domain.second_factor import SecondFactor
from auth.domain.secret_mail import MailedToken, MailKind, PendingMail
from auth.domain.throttling import Try
from services.auth.tests.shelf import Shelf


class MemoryMails:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def add(self, mail: PendingMail) -> None:
        self._shelf.mails[mail.id] = copy.deepcopy(mail)

    async def claim(self, now: datetime, lease: datetime, limit: int) -> list[PendingMail]:
        due = sorted(
            (mail for mail in self._shelf.mails.values() if mail.due_at <= now),
            key=lambda mail: mail.due_at,
        )[:limit]
        for mail in due:
            mail.due_at = lease
            mail.attempts += 1
        return sorted(copy.deepcopy(due), key=lambda mail: mail.created_at)

    async def save(self, mail: PendingMail, lease: datetime) -> None:
        if self._held(mail, lease):
            self._shelf.mails[mail.id] = copy.deepcopy(mail)

    async def remove(self, mail: PendingMail, lease: datetime) -> None:
        if self._held(mail, lease):
            del self._shelf.mails[mail.id]

    def _held(self, mail: PendingMail, lease: datetime) -> bool:
        return mail.id in self._shelf.mails and self._shelf.mails[mail.id].due_at == lease


class MemoryMailedTokens:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def add(self, token: MailedToken) -> None:
        self._shelf.mailed_tokens[token.token_hash] = token

    async def find(self, token_hash: bytes, purpose: MailKind, now: datetime) -> MailedToken | None:
        token = self._shelf.mailed_tokens.get(token_hash)
        good = token is not None and token.purpose == purpose and token.expires_at > now
        return token if good else None

    async def take(self, token_hash: bytes, purpose: MailKind, now: datetime) -> MailedToken | None:
        token = await self.find(token_hash, purpose, now)
        if token is not None:
            del self._shelf.mailed_tokens[token_hash]
        return token

    async def forget(self, user_id: UUID, purpose: MailKind) -> None:
        for token in list(self._shelf.mailed_tokens.values()):
            if (token.user_id, token.purpose) == (user_id, purpose):
                del self._shelf.mailed_tokens[token.token_hash]


class MemorySecondFactors:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def get(self, user_id: UUID) -> SecondFactor | None:
        return copy.deepcopy(self._shelf.second_factors.get(user_id))

    async def lock(self, user_id: UUID) -> SecondFactor | None:
        return await self.get(user_id)

    async def put(self, factor: SecondFactor) -> None:
        self._shelf.second_factors[factor.user_id] = copy.deepcopy(factor)

    async def remove(self, user_id: UUID) -> None:
        self._shelf.second_factors.pop(user_id, None)
        self._shelf.recovery_codes.pop(user_id, None)

    async def replace_recovery_codes(self, user_id: UUID, hashes: Iterable[bytes]) -> None:
        self._shelf.recovery_codes[user_id] = set(hashes)

    async def take_recovery_code(self, user_id: UUID, code_hash: bytes) -> bool:
        codes = self._shelf.recovery_codes.get(user_id, set())
        found = code_hash in codes
        codes.discard(code_hash)
        return found


class MemorySecondSteps:
    def __init__(self) -> None:
        self.waiting: dict[str, SecondStep] = {}

    async def begin(self, secret: str, step: SecondStep) -> None:
        self.waiting[secret] = step

    async def find(self, secret: str) -> SecondStep | None:
        return self.waiting.get(secret)

    async def end(self, secret: str) -> None:
        self.waiting.pop(secret, None)


class MemoryThrottle:
    """Counts, and gives nothing back as time goes by."""

    def __init__(self) -> None:
        self.counts: Counter[Try] = Counter()

    async def take(self, *tries: Try) -> None:
        if any(self.counts[item] >= item.limit.burst for item in tries):
            raise Throttled(7)
        self.counts.update(tries)

    async def give_back(self, *tries: Try) -> None:
        self.counts.subtract(tries)

    async def forgive(self, *tries: Try) -> None:
        for item in tries:
            del self.counts[item]
