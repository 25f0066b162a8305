"""From rows to values: how an order lies in its tables. Used by the repository and the queries.

The lines of an order come in the order's own row, as one JSON array, so that reading an order is
one statement however many lines it has.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Row, Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from orders.adapters.later_life import LATER_LIFE, account, fulfilment
from orders.adapters.tables import order_lines, order_sagas, orders
from orders.domain.amounts import Amounts, Bill
from orders.domain.events import Actor, Shortage
from orders.domain.money import Money
from orders.domain.moves import Status
from orders.domain.order import Order
from orders.domain.owner import Owner
from orders.domain.packing import USUAL_WEIGHT_GRAMS
from orders.domain.progress import Saga
from orders.domain.promotions import AppliedPromotion
from orders.domain.purchase import Address, Contact, OrderLine, Purchase
from orders.domain.saga import Command, Reason, State
from orders.domain.shipping import DeliveryMethod

LINES = (
    select(
        func.json_agg(
            aggregate_order_by(
                func.json_build_array(
                    order_lines.c.sku,
                    order_lines.c.name,
                    order_lines.c.quantity,
                    order_lines.c.unit_amount,
                    order_lines.c.discount,
                    order_lines.c.tax,
                    order_lines.c.weight_grams,
                ),
                order_lines.c.sku,
            ),
            type_=JSON,
        )
    )
    .where(order_lines.c.order_id == orders.c.id)
    .scalar_subquery()
    .label("lines")
)


# Whole orders with their sagas, for `to_order`.
AGGREGATES: Select[Any] = select(
    *orders.c,
    *(column for column in order_sagas.c if column.name != "order_id"),
    LINES,
    *LATER_LIFE,
).join_from(order_sagas, orders)


def to_order(row: Row[Any]) -> Order:
    """Restores the aggregate."""
    return Order(
        id=row.id,
        cart_id=row.cart_id,
        purchase=Purchase(
            Owner.parse(row.owner), row.payment_token, address(row), contact(row), row.reference
        ),
        lines=lines(row),
        bill=bill(row),
        saga=Saga(State(row.state), row.deadline, frozenset(map(Command, row.awaiting)), row.tries),
        account=account(row),
        fulfilment=fulfilment(row),
        placed_at=row.placed_at,
        updated_at=row.updated_at,
        status=Status(row.status),
        version=row.version,
        messages=row.messages,
        conversation=row.conversation,
        traceparent=row.traceparent,
        reason=reason(row),
        shortages=shortages(row),
        cancelled_by=cancelled_by(row),
    )


def lines(row: Row[Any]) -> tuple[OrderLine, ...]:
    """Restores the lines, sorted by SKU."""
    included = row.prices_include_tax
    return tuple(
        OrderLine(
            sku,
            name,
            quantity,
            Money(unit_amount, row.currency),
            discount,
            tax,
            included,
            weight or USUAL_WEIGHT_GRAMS,
        )
        for sku, name, quantity, unit_amount, discount, tax, weight in row.lines
    )


def bill(row: Row[Any]) -> Bill:
    """Restores what the total is made of, and the promotions that were used."""
    amounts = Amounts(
        subtotal=Money(row.subtotal, row.currency),
        discount=Money(row.discount, row.currency),
        shipping=Money(row.shipping, row.currency),
        tax=Money(row.tax, row.currency),
        shipping_tax=Money(row.shipping_tax, row.currency),
        prices_include_tax=row.prices_include_tax,
    )
    used = [
        AppliedPromotion(
            UUID(each["id"]),
            each["name"],
            each["code"],
            Money(each["discount"], row.currency),
            each["is_limited"],
        )
        for each in row.promotions or ()
    ]
    return Bill(amounts, DeliveryMethod(row.delivery_method), tuple(used))


def address(row: Row[Any]) -> Address:
    """Restores the address."""
    return Address(row.recipient, row.street, row.city, row.postcode, row.country)


def contact(row: Row[Any]) -> Contact | None:
    """Restores the contact, if one was given."""
    return Contact(row.contact_email, row.contact_name) if row.contact_email else None


def reason(row: Row[Any]) -> Reason | None:
    """Restores why the order was rejected."""
    return Reason(row.reason) if row.reason else None


def shortages(row: Row[Any]) -> tuple[Shortage, ...]:
    """Restores what was short."""
    return tuple(Shortage(**short) for short in row.shortages or ())


def cancelled_by(row: Row[Any]) -> Actor | None:
    """Restores who cancelled."""
    return Actor(row.cancelled_by) if row.cancelled_by else None
