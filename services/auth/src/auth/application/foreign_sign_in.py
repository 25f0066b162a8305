"""Signing in by way of another provider (OpenID Connect Core, code flow with PKCE).

An account is found by issuer and subject alone. An e-mail address, even one that the provider
vouches for, never opens an account that exists: its owner signs in first and links the provider
on the account page. Otherwise whoever gets an address at a provider would get the account here.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from auth.application.unit_of_work import UnitOfWork
from auth.application.write_mail import write_mail
from auth.domain.email import email_key, normalise_email
from auth.domain.errors import EmailTaken, InvalidField
from auth.domain.identity_provider import (
    ForeignIdentity,
    ForeignSignInRefused,
    IdentityProvider,
    LinkedIdentity,
)
from auth.domain.secret_mail import MailKind
from auth.domain.user import NAME_LENGTH, User, new_user
from chassis.ids import uuid7


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser that was sent to a provider, and what must come back with it.

    `journey` is the authorization request that it comes from; `link_to` is the account that the
    identity shall be linked to, where that was asked for.
    """

    provider_id: str
    state: str
    nonce: str
    verifier: str
    began: datetime
    journey: Mapping[str, str]
    link_to: UUID | None = None


class Departures(Protocol):
    """Browsers that are on their way, by the secret of their cookie."""

    async def keep(self, secret: str, departure: Departure) -> None:
        """Remembers it for some minutes."""

    async def take(self, secret: str, state: str) -> Departure | None:
        """Returns and forgets it; None for a state that this browser was not given."""


class Providers(Protocol):
    """The configured providers."""

    def all(self) -> Sequence[IdentityProvider]:
        """Returns them in the order of the configuration."""

    def get(self, provider_id: str) -> IdentityProvider:
        """Raises ForeignSignInRefused for one that is not configured."""

    async def authorization_url(self, departure: Departure) -> str:
        """Returns where to send the browser. Raises ProviderAway."""

    async def identity(self, departure: Departure, answer: Mapping[str, str]) -> ForeignIdentity:
        """Redeems what came back. Raises ForeignSignInRefused and ProviderAway."""


def new_departure(
    provider_id: str, journey: Mapping[str, str], now: datetime, link_to: UUID | None = None
) -> Departure:
    """Returns one with state, nonce and verifier that nobody can guess."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Departure(provider_id, state, nonce, verifier, now, journey, link_to)


async def sign_in_by(identity: ForeignIdentity, uow: UnitOfWork, now: datetime) -> User:
    """Returns the linked account, or a new one for an address that has none.

    Raises ForeignSignInRefused where there is no address, or where it has an account.
    """
    async with uow:
        linked = await uow.identities.find(identity.issuer, identity.subject)
        if linked is not None:
            return await uow.users.get(linked.user_id)
        user = _newcomer(identity, now)
        try:
            await uow.users.add(user)
        except EmailTaken as error:
            raise ForeignSignInRefused(
                "There is an account with this e-mail address. Sign in to it with its password; "
                "then you can link it on your account page."
            ) from error
        await uow.identities.add(LinkedIdentity(identity.issuer, identity.subject, user.id, now))
        await uow.commit()
    return user


async def link_identity(
    identity: ForeignIdentity, user_id: UUID, uow: UnitOfWork, now: datetime
) -> None:
    """Links an identity to the account of somebody who is signed in, and tells them by mail.

    Raises ForeignSignInRefused where it belongs to another account.
    """
    async with uow:
        user = await uow.users.lock(user_id)
        linked = await uow.identities.find(identity.issuer, identity.subject)
        if linked is not None and linked.user_id != user_id:
            raise ForeignSignInRefused("This sign-in belongs to another account already.")
        await uow.identities.remove(user_id, identity.issuer)
        await uow.identities.add(LinkedIdentity(identity.issuer, identity.subject, user_id, now))
        await write_mail(uow, MailKind.PROVIDER_LINKED, user.email_key, now)
        await uow.commit()


async def unlink_identity(user_id: UUID, issuer: str, uow: UnitOfWork, now: datetime) -> None:
    """Ends the link and tells its owner by mail.

    Raises ForeignSignInRefused where it is the only way in.
    """
    async with uow:
        user = await uow.users.lock(user_id)
        if user.password_hash is None:
            raise ForeignSignInRefused(
                "This is the only way to sign in to your account. Choose a password first."
            )
        await uow.identities.remove(user_id, issuer)
        await write_mail(uow, MailKind.PROVIDER_UNLINKED, user.email_key, now)
        await uow.commit()


async def linked_issuers(user_id: UUID, uow: UnitOfWork) -> frozenset[str]:
    """Returns the providers that the account is linked to."""
    async with uow:
        return frozenset(item.issuer for item in await uow.identities.of_user(user_id))


def _newcomer(identity: ForeignIdentity, now: datetime) -> User:
    """The provider vouches for the address, so its owner need not confirm it again."""
    if identity.email is None:
        raise ForeignSignInRefused(
            "The other provider does not vouch for an e-mail address of yours, and without one "
            "no account can be opened."
        )
    try:
        name = (identity.name or email_key(normalise_email(identity.email)))[: NAME_LENGTH[-1]]
        return new_user(uuid7(), email=identity.email, name=name, now=now, email_verified_at=now)
    except InvalidField as error:
        raise ForeignSignInRefused(f"The other provider sent no usable {error}.") from error
