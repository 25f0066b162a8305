"""The handlers under the chassis' delivery: duplicates, malformed commands, new SKUs."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.clock import utcnow
from chassis.delivery import Delivery, Message
from chassis.envelope import Event, MalformedEvent, new_event
from inventory.consumers import catalog_events, inventory_commands
from services.inventory.tests.fakes import FakeUnitOfWork, Warehouse

ORDER = "0199aa10-6c00-7abc-8def-0123456789ab"
HOLD = timedelta(minutes=15)


def message(kind: str, data: dict[str, Any], event: Event | None = None) -> Message:
    event = event or new_event(source="x", type=kind, subject=ORDER, sequence=1, data=data)
    return Message("topic", 0, 0, ORDER.encode(), event.to_json())


def reserve(*lines: tuple[str, Any]) -> Message:
    wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    return message("inventory.reserve_stock.v1", {"order_id": ORDER, "lines": wanted})


def commands(warehouse: Warehouse) -> Delivery[Any]:
    handlers: Any = inventory_commands.handlers(HOLD)
    return Delivery("commands", handlers, lambda: FakeUnitOfWork(warehouse))


async def test_a_batch_of_commands_is_one_commit(warehouse: Warehouse) -> None:
    release = message("inventory.release_stock.v1", {"order_id": ORDER})
    await commands(warehouse).deliver([reserve(("85123A", 2)), release])
    assert warehouse.answers_given() == ["held", "released"]
    assert warehouse.commits == 1


async def test_a_message_that_comes_twice_is_not_even_answered_again(warehouse: Warehouse) -> None:
    command = reserve(("85123A", 2))
    await commands(warehouse).deliver([command, command])
    await commands(warehouse).deliver([command])
    assert len(warehouse.replies) == 1
    assert warehouse.buckets("85123A") == (8, 2, 0)


async def test_a_hold_lasts_as_long_as_the_settings_say(warehouse: Warehouse) -> None:
    before = utcnow()
    await commands(warehouse).deliver([reserve(("85123A", 2))])
    until = warehouse.reservations[UUID(ORDER)].expires_at
    assert until is not None
    assert before + HOLD <= until <= utcnow() + HOLD


async def test_a_sku_that_an_order_names_twice_is_added_up(warehouse: Warehouse) -> None:
    await commands(warehouse).deliver([reserve(("85123A", 2), ("85123A", 3))])
    assert warehouse.buckets("85123A") == (5, 5, 0)


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", None, True])
async def test_a_quantity_that_is_none_makes_the_message_malformed(
    warehouse: Warehouse, quantity: Any
) -> None:
    with pytest.raises(MalformedEvent):
        await commands(warehouse).deliver([reserve(("85123A", quantity))])
    assert warehouse.commits == 0


async def test_every_sku_of_a_product_gets_a_stock_record(warehouse: Warehouse) -> None:
    handlers: Any = catalog_events.handlers()
    delivery: Delivery[Any] = Delivery("catalog", handlers, lambda: FakeUnitOfWork(warehouse))
    data = {"variants": [{"sku": "85123A", "name": "x"}, {"sku": "85123B"}]}
    await delivery.deliver([message("catalog.product_created.v1", data)])
    assert warehouse.buckets("85123A") == (10, 0, 0)
    assert warehouse.buckets("85123B") == (0, 0, 0)
