"""The keys that this process signs and seals with: read from the database again and again.

One set for all replicas, made at the first start. Bootstrap loads them before the first request,
and a component follows what others change; which key signs is a matter of the clock alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from auth.adapters.key_rows import encrypt_anew, is_stale, make_first_keys, read_rows
from auth.domain.key_schedule import KeyPlan, signer_of
from chassis.clock import utcnow
from chassis.database import upkeep
from chassis.encryption import Encryption, Undecryptable
from chassis.logs import get_logger
from chassis.tokens import PublicKey, SigningKey

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A signing key in memory; its objects outlive reloads, as verified tokens are tied to them."""

    plan: KeyPlan
    signing: SigningKey
    public: PublicKey


class KeyStore:
    """The keys as of the last load; also the `JwksSource` of auth's own token verifier."""

    def __init__(
        self,
        engine: AsyncEngine,
        encryption: Encryption,
        *,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._engine = engine
        self._encryption = encryption
        self._clock = clock
        self._loaded: dict[str, _Loaded] = {}
        self._seal = b""

    @property
    def signer(self) -> SigningKey:
        """The key that signs now."""
        plan = signer_of([loaded.plan for loaded in self._loaded.values()], self._clock())
        return self._loaded[plan.kid].signing

    @property
    def seal(self) -> bytes:
        """The symmetric key."""
        return self._seal

    def public(self, kid: str) -> PublicKey | None:
        """Returns the public half of a key that is published, or None."""
        loaded = self._loaded.get(kid)
        if loaded is None or not loaded.plan.is_published(self._clock()):
            return None
        return loaded.public

    async def key(self, kid: str) -> PublicKey | None:
        """The same, for the token verifier."""
        return self.public(kid)

    def public_set(self) -> dict[str, list[dict[str, str]]]:
        """Returns the JWK set (RFC 7517 §5) that verifiers fetch."""
        now = self._clock()
        plans = sorted((loaded.plan for loaded in self._loaded.values()), key=_age)
        shown = [plan.kid for plan in plans if plan.is_published(now)]
        return {"keys": [self._loaded[kid].signing.public_jwk() for kid in shown]}

    async def load(self) -> None:
        """Reads the keys; makes them first where there are none, encrypts what is not yet."""
        async with upkeep(self._engine) as connection:
            rows = await self._read(connection)
        loaded = [self._load(row) for row in rows if row.purpose == "sign"]
        self._loaded = {key.plan.kid: key for key in loaded}
        self._seal = next(self._open(row) for row in rows if row.purpose == "seal")

    async def follow(self) -> bool:
        """A worker's step: takes over what another replica has changed.

        A replica that lacks the key with which another encrypted them goes on with what it has.
        """
        try:
            await self.load()
        except Undecryptable:
            log.error("keys_undecryptable")
        return False

    async def _read(self, connection: AsyncConnection) -> list[Row[Any]]:
        now = self._clock()
        rows = await read_rows(connection, now)
        if not rows:
            await make_first_keys(connection, self._encryption, now)
            rows = await read_rows(connection, now)
        if any(is_stale(row, self._encryption) for row in rows):
            await encrypt_anew(connection, self._encryption)
            rows = await read_rows(connection, now)
        return rows

    def _load(self, row: Row[Any]) -> _Loaded:
        plan = KeyPlan(row.kid, row.signs_from, row.verifies_until)
        if known := self._loaded.get(row.kid):
            return _Loaded(plan, known.signing, known.public)
        signing = SigningKey(self._open(row).decode(), row.kid)
        return _Loaded(plan, signing, PublicKey(signing.public_jwk()))

    def _open(self, row: Row[Any]) -> bytes:
        return self._encryption.decrypt(row.material, row.kid)


def _age(plan: KeyPlan) -> tuple[datetime, str]:
    return plan.signs_from, plan.kid
