"""What rotating the signing keys needs from the outside; `adapters/key_store.py` implements it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from auth.domain.key_schedule import KeyPlan


@dataclass(frozen=True, slots=True)
class NewKey:
    """A fresh key pair, its private half encrypted."""

    kid: str
    sealed: bytes


class KeyMaker(Protocol):
    """Makes key pairs, slowly."""

    async def make(self) -> NewKey:
        """Returns a key that nobody else has."""


class SigningKeys(Protocol):
    """The signing keys of all replicas, inside one transaction."""

    async def plans(self) -> Sequence[KeyPlan]:
        """Returns the lives of all keys that are not over."""

    async def lock(self) -> Sequence[KeyPlan]:
        """Returns the same, and makes everybody else who locks them wait."""

    async def add(self, plan: KeyPlan, key: NewKey) -> None:
        """Keeps a new key."""

    async def end(self, plans: Sequence[KeyPlan]) -> None:
        """Writes when these keys are over."""
