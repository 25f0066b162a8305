"""Handlers of `inventory.commands`: what the order saga tells inventory to do.

The models name only the fields that inventory uses; the contract tests hold them against
`contracts/commands/inventory/`.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.clock import utcnow
from chassis.delivery import Handler
from chassis.envelope import Event
from inventory.application.commit_stock import CommitStock, commit_stock
from inventory.application.release_stock import ReleaseStock, release_stock
from inventory.application.reserve_stock import ReserveStock, reserve_stock
from inventory.application.return_stock import ReturnStock, return_stock
from inventory.consumers.unit_of_work import ConsumedUnitOfWork

TOPIC = "inventory.commands"


class Line(BaseModel):
    """One SKU of an order."""

    sku: Annotated[str, Field(pattern=r"^[0-9]{5}[A-Z]*$")]
    quantity: Annotated[int, Field(ge=1, strict=True)]


class WithLines(BaseModel):
    """What the commands that name units have in common."""

    order_id: UUID
    lines: Annotated[list[Line], Field(min_length=1)]

    def units(self) -> Mapping[str, int]:
        """Returns the units by SKU; a SKU that is there twice is added up."""
        units: Counter[str] = Counter()
        for line in self.lines:
            units[line.sku] += line.quantity
        return dict(units)


class Reserve(WithLines):
    """The data of `inventory.reserve_stock.v1`."""


class Return(WithLines):
    """The data of `inventory.return_stock.v1`."""

    return_id: UUID


class OneOrder(BaseModel):
    """The data of the commands that name only the order."""

    order_id: UUID


def handlers(hold_for: timedelta) -> Mapping[str, Handler[ConsumedUnitOfWork]]:
    """Returns the handlers by command type; a reservation holds for `hold_for`."""

    async def reserve(command: Event, uow: ConsumedUnitOfWork) -> None:
        body = command.parse(Reserve)
        until = utcnow() + hold_for
        await reserve_stock(ReserveStock(command.id, body.order_id, body.units(), until), uow)

    async def release(command: Event, uow: ConsumedUnitOfWork) -> None:
        await release_stock(ReleaseStock(command.id, command.parse(OneOrder).order_id), uow)

    async def commit(command: Event, uow: ConsumedUnitOfWork) -> None:
        await commit_stock(CommitStock(command.id, command.parse(OneOrder).order_id), uow)

    async def take_back(command: Event, uow: ConsumedUnitOfWork) -> None:
        body = command.parse(Return)
        wanted = ReturnStock(command.id, body.order_id, body.return_id, body.units())
        await return_stock(wanted, uow)

    return {
        "inventory.return_stock.v1": take_back,
        "inventory.reserve_stock.v1": reserve,
        "inventory.release_stock.v1": release,
        "inventory.commit_stock.v1": commit,
    }
