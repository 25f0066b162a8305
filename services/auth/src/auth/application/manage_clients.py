"""The admin registers clients, changes their registration and removes them.

Called by /v1/clients. A secret is made here, told once and kept as a hash; what a removed client
holds is revoked with it.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from auth.application.authenticate_client import hash_secret
from auth.application.revoke_grants import revoke_client
from auth.application.unit_of_work import UnitOfWork
from auth.domain.client import SECRET_METHODS, Client
from auth.domain.client_errors import ClientBuiltIn, ClientChanged, ClientNotFound
from auth.domain.client_rules import check_registration
from chassis.audit import about
from chassis.etags import matches, strong_etag
from chassis.idempotency import IdempotencyKey, StoredAnswer
from chassis.ids import uuid7

PATH = "/v1/clients"


@dataclass(frozen=True, slots=True)
class Registered:
    """A client, and its secret where one was made just now."""

    client: Client
    secret: str | None = None


def client_etag(client: Client) -> str:
    """Returns the entity tag of a registration."""
    return strong_etag(client.id, client.version)


async def register_client(
    wanted: Client, uow: UnitOfWork, now: datetime, key: IdempotencyKey | None = None
) -> Registered:
    """Registers `wanted` under a new id. A repeated request finds the client, not its secret.

    Raises InvalidField, KeyReused and KeyInFlight.
    """
    check_registration(wanted)
    client = replace(wanted, id=str(uuid7()))
    secret = secrets.token_urlsafe(32) if client.auth_method in SECRET_METHODS else None
    if secret is not None:
        client = replace(client, secret_hash=hash_secret(secret))
    async with uow:
        answer = await uow.idempotency.claim(key) if key else None
        if answer is not None and answer.location is not None:
            return Registered(await _found(uow, answer.location.rsplit("/", 1)[1]))
        await uow.clients.put(client, now)
        about(client.id)
        if key:
            await uow.idempotency.store(key, StoredAnswer(201, f"{PATH}/{client.id}"))
        await uow.commit()
    return Registered(client, secret)


async def change_client(
    client_id: str, changes: dict[str, Any], if_match: str | None, uow: UnitOfWork, now: datetime
) -> Client:
    """Changes the fields that are given; how a client authenticates stays as it is.

    Raises ClientNotFound, ClientBuiltIn, ClientChanged and InvalidField.
    """
    async with uow:
        client = await _lock(uow, client_id, if_match)
        changed = replace(client, **changes, version=client.version + 1)
        check_registration(changed)
        await uow.clients.put(changed, now)
        await uow.commit()
    return changed


async def remove_client(
    client_id: str, if_match: str | None, uow: UnitOfWork, now: datetime
) -> None:
    """Removes a client with every grant it has. Raises as `change_client` does."""
    async with uow:
        await _lock(uow, client_id, if_match)
        await uow.clients.delete(client_id)
        await revoke_client(uow, client_id, now)
        await uow.commit()


async def read_client(client_id: str, uow: UnitOfWork) -> Client:
    """Raises ClientNotFound."""
    async with uow:
        return await _found(uow, client_id)


async def _found(uow: UnitOfWork, client_id: str) -> Client:
    client = await uow.clients.get(client_id)
    if client is None:
        raise ClientNotFound(client_id)
    return client


async def _lock(uow: UnitOfWork, client_id: str, if_match: str | None) -> Client:
    client = await uow.clients.lock(client_id)
    if client is None:
        raise ClientNotFound(client_id)
    if not _is_registered(client_id):
        raise ClientBuiltIn(client_id)
    if if_match is not None and not matches(if_match, client_etag(client)):
        raise ClientChanged
    return client


def _is_registered(client_id: str) -> bool:
    """Registered clients have an id that we made; the configuration's have a name."""
    try:
        UUID(client_id)
    except ValueError:
        return False
    return True
