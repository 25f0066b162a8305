"""argon2id (RFC 9106) and the judging of new passwords, off the event loop, a few at a time.

OWASP's least for argon2id: 19 MiB, two passes, one lane. Each hash under way holds its 19 MiB,
so the number of threads bounds the memory, and the length of the queue bounds the wait.
"""

import asyncio
import base64
import ctypes
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from auth.adapters.guessing import guessable
from auth.domain.errors import SignInBusy

Result = TypeVar("Result")

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
MAX_QUEUE = 64
_M_MMAP_THRESHOLD = -3  # from glibc's malloc.h


class Argon2Passwords:
    """Implements domain.ports.Passwords."""

    def __init__(self, *, threads: int = 2) -> None:
        self._hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES, type=Type.ID)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._queue = 0
        self._decoy = _decoy()
        _give_memory_back()

    async def hash(self, password: str) -> str:
        """Returns the encoded hash with its parameters and a random salt. Raises SignInBusy."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Computes one hash in every case; without a hash to compare with, against a decoy."""
        fits = await self._run(self._fits, password_hash or self._decoy, password)
        return fits and password_hash is not None

    async def guessable(self, password: str, about: Sequence[str]) -> bool:
        """Weighs a new password against what guessers try first. Raises SignInBusy."""
        return await self._run(guessable, password, about)

    def close(self) -> None:
        """Lets the hashes under way end."""
        self._pool.shutdown()

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, function: Callable[..., Result], *arguments: object) -> Result:
        if self._queue >= MAX_QUEUE:
            raise SignInBusy
        self._queue += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, function, *arguments)
        finally:
            self._queue -= 1


def _decoy() -> str:
    """Random bytes in the shape of a hash: as much work to check as a real one, fits nothing."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (16, 32)
    )
    return f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${digest}"


def _give_memory_back() -> None:
    """Tells glibc to return each hash's 19 MiB to the system at once.

    Left alone it raises its own threshold at the first free, and then every thread keeps its
    19 MiB for good. Other C libraries have no such call and no such habit.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)
