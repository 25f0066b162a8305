"""The statements that write orders, as SQL, and the values that go with them.

Every one takes arrays and unnests them, so that its cost in round trips does not depend on how
many lines or orders there are. The order repository executes them.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import text

from orders.domain.order import Order

# Lines and saga follow from the order's row: when the cart was ordered before, nothing is made.
PLACE = text("""
WITH placed AS (
    INSERT INTO orders (
        id, cart_id, owner, status, reference, contact_email, contact_name,
        recipient, street, city, postcode, country,
        amount, currency, version, placed_at, updated_at
    ) VALUES (
        :id, :cart_id, :owner, :status, :reference, :contact_email, :contact_name,
        :recipient, :street, :city, :postcode, :country,
        :amount, :currency, :version, :placed_at, :placed_at
    ) ON CONFLICT (cart_id) DO NOTHING RETURNING id
), lines AS (
    INSERT INTO order_lines (order_id, sku, name, quantity, unit_amount)
    SELECT placed.id, line.sku, line.name, line.quantity, line.unit_amount
    FROM placed, unnest(
        CAST(:skus AS text[]), CAST(:names AS text[]),
        CAST(:quantities AS integer[]), CAST(:unit_amounts AS bigint[])
    ) AS line (sku, name, quantity, unit_amount)
), saga AS (
    INSERT INTO order_sagas (
        order_id, state, awaiting, deadline, tries, messages, payment_token, conversation,
        traceparent
    )
    SELECT id, :state, '{}', :deadline, :tries, :messages, :payment_token, :conversation,
        :traceparent
    FROM placed
)
SELECT id FROM placed
""")

MOVE_SAGAS = text("""
UPDATE order_sagas AS saga
SET state = moved.state, awaiting = string_to_array(moved.awaiting, ' '),
    deadline = moved.deadline, tries = moved.tries, messages = moved.messages
FROM unnest(
    CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:awaiting AS text[]),
    CAST(:deadlines AS timestamptz[]), CAST(:tries AS integer[]), CAST(:messages AS integer[])
) AS moved (id, state, awaiting, deadline, tries, messages)
WHERE saga.order_id = moved.id
""")

MOVE_ORDERS = text("""
UPDATE orders
SET status = moved.status, version = moved.version, updated_at = moved.updated_at,
    reason = moved.reason, shortages = CAST(moved.shortages AS jsonb),
    cancelled_by = moved.cancelled_by
FROM unnest(
    CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:versions AS integer[]),
    CAST(:updated_at AS timestamptz[]), CAST(:reasons AS text[]), CAST(:shortages AS text[]),
    CAST(:cancelled_by AS text[])
) AS moved (id, status, version, updated_at, reason, shortages, cancelled_by)
WHERE orders.id = moved.id
""")

# One wake-up for each settled order, delivered when the transaction commits.
SETTLED_CHANNEL = "order_settled"
ANNOUNCE = text("""
SELECT pg_notify(:channel, CAST(id AS text)) FROM unnest(CAST(:ids AS uuid[])) AS id
""")


def placement(order: Order) -> dict[str, Any]:
    """Returns the values of PLACE."""
    purchase, contact = order.purchase, order.purchase.contact
    return {
        "id": order.id,
        "cart_id": order.cart_id,
        "owner": str(purchase.owner),
        "status": order.status,
        "reference": purchase.reference,
        "contact_email": contact.email if contact else None,
        "contact_name": contact.name if contact else None,
        **asdict(purchase.address),
        "amount": order.total.amount,
        "currency": order.total.currency,
        "version": order.version,
        "placed_at": order.placed_at,
        "skus": [line.sku for line in order.lines],
        "names": [line.name for line in order.lines],
        "quantities": [line.quantity for line in order.lines],
        "unit_amounts": [line.unit_price.amount for line in order.lines],
        "state": order.saga.state,
        "deadline": order.saga.deadline,
        "tries": order.saga.tries,
        "messages": order.messages,
        "payment_token": purchase.payment_token,
        "conversation": order.conversation,
        "traceparent": order.traceparent,
    }


def saga_moves(orders: Sequence[Order]) -> dict[str, Any]:
    """Returns the values of MOVE_SAGAS."""
    return {
        "ids": [order.id for order in orders],
        "states": [order.saga.state for order in orders],
        "awaiting": [" ".join(sorted(order.saga.awaiting)) for order in orders],
        "deadlines": [order.saga.deadline for order in orders],
        "tries": [order.saga.tries for order in orders],
        "messages": [order.messages for order in orders],
    }


def order_moves(orders: Sequence[Order]) -> dict[str, Any]:
    """Returns the values of MOVE_ORDERS."""
    return {
        "ids": [order.id for order in orders],
        "statuses": [order.status for order in orders],
        "versions": [order.version for order in orders],
        "updated_at": [order.updated_at for order in orders],
        "reasons": [order.reason for order in orders],
        "shortages": [_shortages(order) for order in orders],
        "cancelled_by": [order.cancelled_by for order in orders],
    }


def _shortages(order: Order) -> str | None:
    return orjson.dumps(order.shortages).decode() if order.shortages else None
