"""What grants keep, in memory: the repositories of codes, families, consents, revocations, keys.

`fakes.py` puts them into the unit of work.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from auth.domain.authorization_code import AuthorizationCode
from auth.domain.client import Client
from auth.domain.grant_ports import Assertion, Exchange
from auth.domain.key_ports import NewKey
from auth.domain.key_schedule import KeyPlan
from auth.domain.refresh_family import RefreshFamily
from chassis.revocations import Revocation


@dataclass
class GrantShelf:
    """What is committed of it."""

    clients: dict[str, Client] = field(default_factory=dict)
    codes: dict[bytes, AuthorizationCode] = field(default_factory=dict)
    families: dict[UUID, RefreshFamily] = field(default_factory=dict)
    exchanges: dict[tuple[str, str], Exchange] = field(default_factory=dict)
    consents: dict[tuple[UUID, str], frozenset[str]] = field(default_factory=dict)
    revocations: dict[tuple[str, str], Revocation] = field(default_factory=dict)
    keys: dict[str, KeyPlan] = field(default_factory=dict)


class MemoryClients:
    def __init__(self, shelf: GrantShelf) -> None:
        self._shelf = shelf

    async def get(self, client_id: str) -> Client | None:
        return self._shelf.clients.get(client_id)

    async def lock(self, client_id: str) -> Client | None:
        return await self.get(client_id)

    async def page(self, after: str, limit: int) -> Sequence[Client]:
        ids = sorted(client_id for client_id in self._shelf.clients if client_id > after)
        return [self._shelf.clients[client_id] for client_id in ids[:limit]]

    async def put(self, client: Client, now: datetime) -> None:
        self._shelf.clients[client.id] = client

    async def disable(self, client_id: str) -> None:
        self._shelf.clients.pop(client_id, None)

    async def delete(self, client_id: str) -> None:
        self._shelf.clients.pop(client_id, None)
        for place in [place for place in self._shelf.consents if place[1] == client_id]:
            del self._shelf.consents[place]


class MemoryCodes:
    def __init__(self, shelf: GrantShelf) -> None:
        self._shelf = shelf

    async def add(self, code: AuthorizationCode) -> None:
        self._shelf.codes[code.code_hash] = copy.deepcopy(code)

    async def lock(self, code_hash: bytes) -> AuthorizationCode | None:
        return copy.deepcopy(self._shelf.codes.get(code_hash))

    async def save(self, code: AuthorizationCode) -> None:
        self._shelf.codes[code.code_hash] = copy.deepcopy(code)

    async def forget(
        self,
        user_id: UUID,
        *,
        session_id: UUID | None = None,
        keep_session: UUID | None = None,
        client_id: str | None = None,
    ) -> None:
        for code in list(self._shelf.codes.values()):
            if code.family_id is None and is_meant(
                code, user_id, session_id, keep_session, client_id
            ):
                del self._shelf.codes[code.code_hash]


def is_meant(
    grant: AuthorizationCode | RefreshFamily,
    user_id: UUID,
    session_id: UUID | None,
    keep_session: UUID | None,
    client_id: str | None,
) -> bool:
    session = grant.authentication.session_id
    return grant.user_id == user_id and (
        (session_id is None or session == session_id)
        and (keep_session is None or session != keep_session)
        and (client_id is None or grant.client_id == client_id)
    )


class MemoryFamilies:
    def __init__(self, shelf: GrantShelf) -> None:
        self._shelf = shelf

    async def add(self, family: RefreshFamily) -> None:
        self._shelf.families[family.id] = copy.deepcopy(family)

    async def lock(self, family_id: UUID) -> RefreshFamily | None:
        return copy.deepcopy(self._shelf.families.get(family_id))

    async def save(self, family: RefreshFamily) -> None:
        self._shelf.families[family.id] = copy.deepcopy(family)

    async def revoke_of_user(
        self,
        user_id: UUID,
        now: datetime,
        *,
        session_id: UUID | None = None,
        keep_session: UUID | None = None,
        client_id: str | None = None,
    ) -> list[UUID]:
        wanted = (user_id, session_id, keep_session, client_id)
        families = [f for f in self._shelf.families.values() if is_meant(f, *wanted)]
        return self._revoke(families, now)

    async def revoke_of_client(self, client_id: str, now: datetime) -> list[UUID]:
        meant = [f for f in self._shelf.families.values() if f.client_id == client_id]
        return self._revoke(meant, now)

    def _revoke(self, families: Sequence[RefreshFamily], now: datetime) -> list[UUID]:
        living = [family for family in families if family.is_alive(now)]
        for family in living:
            family.revoke(now)
        return sorted(family.id for family in living)


class MemoryExchanges:
    def __init__(self, shelf: GrantShelf) -> None:
        self._shelf = shelf

    async def record(self, exchange: Exchange) -> bool:
        place = (exchange.client_id, exchange.assertion_jti)
        if place in self._shelf.exchanges:
            return False
        self._shelf.exchanges[place] = exchange
        return True


class MemoryConsents:
    def __init__(self, shelf: GrantShelf) -> None:
        self._shelf = shelf

    async def scopes(self, user_id: UUID, client_id: str) -> frozenset[str]:
        return self._shelf.consents.get((user_id, client_id), frozenset())

    async def add(
        self, user_id: UUID, client_id: str, scopes: frozenset[str], now: datetime
    ) -> None:
        earlier = await self.scopes(user_id, client_id)
        self._shelf.consents[user_id, client_id] = earlier | scopes

    async def of_user(self, user_id: UUID) -> dict[str, frozenset[str]]:
        given = sorted(self._shelf.consents.items())
        return {client: scopes for (owner, client), scopes in given if owner == user_id}

    async def remove(self, user_id: UUID, client_id: str) -> None:
        self._shelf.consents.pop((user_id, client_id), None)


class MemoryRevocations:
    def __init__(self, shelf: GrantShelf) -> None:
        self._shelf = shelf

    async def add(self, revocations: Sequence[Revocation]) -> None:
        for entry in revocations:
            self._shelf.revocations.setdefault((entry.kind, entry.id), entry)

    async def covers(self, token_id: str, grant: str | None) -> bool:
        return bool({("token", token_id), ("grant", grant)} & self._shelf.revocations.keys())


class MemorySigningKeys:
    def __init__(self, shelf: GrantShelf) -> None:
        self._shelf = shelf

    async def plans(self) -> Sequence[KeyPlan]:
        return list(self._shelf.keys.values())

    async def lock(self) -> Sequence[KeyPlan]:
        return await self.plans()

    async def add(self, plan: KeyPlan, key: NewKey) -> None:
        self._shelf.keys[plan.kid] = plan

    async def end(self, plans: Sequence[KeyPlan]) -> None:
        for plan in plans:
            known = self._shelf.keys[plan.kid]
            self._shelf.keys[plan.kid] = replace(known, verifies_until=plan.verifies_until)


class QuickKeyMaker:
    """Makes keys that are only names."""

    def __init__(self) -> None:
        self._made = 0

    async def make(self) -> NewKey:
        self._made += 1
        return NewKey(f"new-{self._made}", b"")


class MemorySpentAssertions:
    def __init__(self) -> None:
        self._spent: set[tuple[str, str]] = set()

    async def spend(self, assertion: Assertion) -> bool:
        place = (assertion.client_id, assertion.jti)
        if place in self._spent:
            return False
        self._spent.add(place)
        return True
