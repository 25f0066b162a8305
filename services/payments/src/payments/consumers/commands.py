"""Handlers of `payments.commands`: what the order saga tells payments to do.

The models name only the fields that payments uses, and never repeat their input in an error,
because a token may be what nobody should read. Contract tests hold them against `contracts/`.
"""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.delivery import Handler
from chassis.envelope import Event
from payments.application.authorise_payment import AuthorisePayment, authorise_payment
from payments.application.capture_payment import CapturePayment, capture_payment
from payments.application.refund_payment import RefundPayment, refund_payment
from payments.application.void_payment import void_payment
from payments.consumers.unit_of_work import ConsumedUnitOfWork
from payments.domain.money import Money

TOPIC = "payments.commands"


class _Quiet(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


class Amount(_Quiet):
    """Minor units, at least one, and the ISO 4217 code."""

    amount: Annotated[int, Field(ge=1, strict=True)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    def money(self) -> Money:
        """Returns it as the domain's own."""
        return Money(self.amount, self.currency)


class AnyAmount(Amount):
    """Nothing at all is an amount too: of an order or a shipment that is free."""

    amount: Annotated[int, Field(ge=0, strict=True)]


class Authorise(_Quiet):
    """The data of `payments.authorise_payment.v1`."""

    order_id: UUID
    amount: AnyAmount
    payment_token: Annotated[str, Field(min_length=1, max_length=255, repr=False)]


class Capture(_Quiet):
    """The data of `payments.capture_payment.v1`; without an amount, all that is still held."""

    order_id: UUID
    shipment_id: UUID | None = None
    amount: AnyAmount | None = None
    final: Annotated[bool, Field(strict=True)] = True


class Refund(_Quiet):
    """The data of `payments.refund_payment.v1`; without an amount, all that is left."""

    order_id: UUID
    refund_id: UUID | None = None
    amount: Amount | None = None


class OneOrder(_Quiet):
    """The data of the commands that name only the order."""

    order_id: UUID


async def _authorise(command: Event, uow: ConsumedUnitOfWork) -> None:
    body = command.parse(Authorise)
    await authorise_payment(
        AuthorisePayment(body.order_id, body.amount.money(), body.payment_token), uow
    )


async def _void(command: Event, uow: ConsumedUnitOfWork) -> None:
    await void_payment(command.parse(OneOrder).order_id, uow)


async def _capture(command: Event, uow: ConsumedUnitOfWork) -> None:
    body = command.parse(Capture)
    amount = body.amount.money() if body.amount else None
    wanted = CapturePayment(body.order_id, body.shipment_id, amount, body.final)
    await capture_payment(wanted, uow)


async def _refund(command: Event, uow: ConsumedUnitOfWork) -> None:
    body = command.parse(Refund)
    amount = body.amount.money() if body.amount else None
    await refund_payment(RefundPayment(body.order_id, body.refund_id, amount), uow)


HANDLERS: Mapping[str, Handler[ConsumedUnitOfWork]] = {
    "payments.authorise_payment.v1": _authorise,
    "payments.void_payment.v1": _void,
    "payments.capture_payment.v1": _capture,
    "payments.refund_payment.v1": _refund,
}
