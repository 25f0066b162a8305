"""Encrypts second factors anew after a change of `SOUK_KEY_ENCRYPTION_KEY`; a worker drives it.

Once it has found nothing more to do, the old key can leave the settings. Signing keys are
encrypted anew by `key_store.py`.
"""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.second_factor_repository import place_of
from auth.adapters.tables_accounts import second_factors as table
from chassis.database import upkeep
from chassis.encryption import Encryption, Undecryptable
from chassis.logs import get_logger

BATCH = 200

log = get_logger(__name__)


class SecondFactorReseal:
    """Finds what an older key encrypted by the key's name, with which every such text begins."""

    def __init__(self, engine: AsyncEngine, encryption: Encryption) -> None:
        self._engine = engine
        self._encryption = encryption
        name = encryption.current_name
        begins = func.substring(table.c.sealed_secret, 1, len(name))
        columns = select(table.c.user_id, table.c.sealed_secret)
        self._old = columns.where(begins != name).limit(BATCH)

    async def __call__(self) -> bool:
        """Encrypts one batch anew; returns whether there may be more to do at once."""
        async with self._engine.connect() as connection:
            old = (await connection.execute(self._old)).all()
        done = [await self._reseal(user_id, sealed) for user_id, sealed in old]
        return len(old) == BATCH and any(done)

    async def _reseal(self, user_id: UUID, old: bytes) -> bool:
        """A factor that was used or replaced meanwhile has been encrypted anew by that."""
        place = place_of(user_id)
        try:
            secret = self._encryption.decrypt(old, place)
        except Undecryptable:
            log.error("second_factor_undecryptable", user_id=str(user_id))
            return False
        unchanged = (table.c.user_id == user_id, table.c.sealed_secret == old)
        sealed = self._encryption.encrypt(secret, place)
        async with upkeep(self._engine) as connection:
            await connection.execute(update(table).where(*unchanged).values(sealed_secret=sealed))
        return True
