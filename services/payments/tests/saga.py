"""What the order saga tells payments about one order, for tests over the fakes."""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

from payments.application.capture_payment import CapturePayment, capture_payment
from payments.application.refund_payment import RefundPayment, refund_payment
from payments.application.take_notification import take_notification
from payments.application.unit_of_work import UnitOfWork
from payments.application.void_payment import void_payment
from payments.domain.money import Money
from payments.domain.ports import Notification
from services.payments.tests.fakes import FakePaymentsUnitOfWork


@dataclass(frozen=True)
class Saga:
    """Each command is a message of its own; amounts are pence."""

    order_id: UUID
    uow: FakePaymentsUnitOfWork

    async def void(self) -> None:
        await self._tell(lambda uow: void_payment(self.order_id, uow))

    async def capture(
        self, pence: int | None = None, shipment: UUID | None = None, *, final: bool = True
    ) -> None:
        wanted = CapturePayment(self.order_id, shipment, _pounds(pence), final)
        await self._tell(lambda uow: capture_payment(wanted, uow))

    async def refund(self, pence: int | None = None, refund: UUID | None = None) -> None:
        wanted = RefundPayment(self.order_id, refund, _pounds(pence))
        await self._tell(lambda uow: refund_payment(wanted, uow))

    async def hear(self, told: Notification) -> None:
        """What the provider posts, rather than the saga."""
        await take_notification("simulated", told, self.uow, lambda _origin: nullcontext())

    async def _tell(self, command: Callable[[UnitOfWork], Awaitable[None]]) -> None:
        async with self.uow:
            await command(self.uow)
            await self.uow.commit()


def _pounds(pence: int | None) -> Money | None:
    return None if pence is None else Money(pence, "GBP")
