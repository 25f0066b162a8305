"""A payment provider in memory: it keeps what it did under our key before it answers.

Its answers may come late or not at all, and what was asked still happens; asking again with the
same key gives the first answer. `charges` is what it would bill.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from payments.domain.money import Money
from payments.domain.operation import Approved, Declined
from payments.domain.ports import ProviderUnavailable
from tests.simulation.world import ServerAway, World

REFUSED = "charge_not_in_that_state"


@dataclass(slots=True)
class Charge:
    """Amounts in minor units; `closed` once nothing is held any more."""

    authorised: int
    captured: int = 0
    refunded: int = 0
    closed: bool = False

    @property
    def held(self) -> int:
        return 0 if self.closed else self.authorised - self.captured


class Provider:
    """Implements `payments.domain.ports.PaymentProvider`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.charges: dict[str, Charge] = {}
        self.answers: dict[UUID, Approved | Declined] = {}

    async def authorise(self, key: UUID, token: str, amount: Money) -> Any:
        reference = f"ch_{key.int & 0xFFFF}"

        def act() -> bool:
            if token == "tok_chargeDeclined":
                return False
            self.charges[reference] = Charge(amount.amount)
            return True

        return await self._once("authorise", key, reference, act)

    async def capture(self, key: UUID, reference: str, amount: Money, *, final: bool = True) -> Any:
        def act() -> bool:
            charge = self.charges[reference]
            if charge.held < amount.amount:
                return False
            charge.captured += amount.amount
            charge.closed = final or charge.held == 0
            return True

        return await self._once("capture", key, reference, act)

    async def void(self, key: UUID, reference: str) -> Any:
        def act() -> bool:
            charge = self.charges[reference]
            was_open, charge.closed = not charge.closed, True
            return was_open

        return await self._once("void", key, reference, act)

    async def refund(self, key: UUID, reference: str, amount: Money) -> Any:
        def act() -> bool:
            charge = self.charges[reference]
            if charge.captured - charge.refunded < amount.amount:
                return False
            charge.refunded += amount.amount
            return True

        return await self._once("refund", key, reference, act)

    async def inquire(self, kind: Any, reference: str) -> Any:
        raise ProviderUnavailable("every answer here is a last word")

    async def _once(self, name: str, key: UUID, reference: str, act: Callable[[], bool]) -> Any:
        def effect() -> Approved | Declined:
            if key not in self.answers:
                self.answers[key] = Approved(reference) if act() else Declined(REFUSED)
                self._world.tell(f"the provider: {name} {reference}, {self.answers[key]}")
            return self.answers[key]

        try:
            return await self._world.op("provider", f"provider {name}", effect, on_the_wire=True)
        except ServerAway as error:
            raise ProviderUnavailable(str(error)) from error
