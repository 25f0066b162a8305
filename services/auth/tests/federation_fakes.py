"""Doubles of what signing in elsewhere needs: links, browsers under way, and one provider."""

from collections.abc import Mapping
from uuid import UUID

from auth.application.foreign_sign_in import Departure
from auth.domain.identity_provider import (
    ForeignIdentity,
    ForeignSignInRefused,
    IdentityProvider,
    LinkedIdentity,
)
from services.auth.tests.shelf import Shelf


class MemoryIdentities:
    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def find(self, issuer: str, subject: str) -> LinkedIdentity | None:
        return self._shelf.identities.get((issuer, subject))

    async def of_user(self, user_id: UUID) -> list[LinkedIdentity]:
        return [one for one in self._shelf.identities.values() if one.user_id == user_id]

    async def add(self, identity: LinkedIdentity) -> None:
        own = [one.issuer for one in await self.of_user(identity.user_id)]
        place = (identity.issuer, identity.subject)
        if place in self._shelf.identities or identity.issuer in own:
            raise ForeignSignInRefused("This sign-in belongs to another account already.")
        self._shelf.identities[place] = identity

    async def remove(self, user_id: UUID, issuer: str) -> None:
        for one in await self.of_user(user_id):
            if one.issuer == issuer:
                del self._shelf.identities[one.issuer, one.subject]


class MemoryDepartures:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Departure] = {}

    async def keep(self, secret: str, departure: Departure) -> None:
        self.kept[secret, departure.state] = departure

    async def take(self, secret: str, state: str) -> Departure | None:
        return self.kept.pop((secret, state), None)


class OneProvider:
    """A provider that says who the test wants it to say; nobody, and it refuses."""

    def __init__(self) -> None:
        self.configured: list[IdentityProvider] = []
        self.person: ForeignIdentity | None = None

    def all(self) -> list[IdentityProvider]:
        return self.configured

    def get(self, provider_id: str) -> IdentityProvider:
        for provider in self.configured:
            if provider.id == provider_id:
                return provider
        raise ForeignSignInRefused("There is no such provider.")

    async def authorization_url(self, departure: Departure) -> str:
        issuer = self.get(departure.provider_id).issuer
        return f"{issuer}/authorize?state={departure.state}"

    async def identity(self, departure: Departure, answer: Mapping[str, str]) -> ForeignIdentity:
        if self.person is None or "code" not in answer:
            raise ForeignSignInRefused("The sign-in there was not completed.")
        return self.person
