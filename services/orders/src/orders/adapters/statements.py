"""The statements that write orders, as SQL, and the values that go with them.

Every one takes arrays or JSON and unnests them, so that its cost in round trips does not depend
on how many lines or orders there are. The order repository executes them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import text

from orders.domain.amounts import Bill
from orders.domain.order import Order

# Lines and saga follow from the order's row: when a cart was ordered before, nothing is made of it.
# Carts come in order, so that no two transactions wait for each other.
PLACE = text("""
WITH placed AS (
    INSERT INTO orders (
        id, cart_id, owner, status, reference, contact_email, contact_name,
        recipient, street, city, postcode, country,
        amount, subtotal, discount, shipping, tax, shipping_tax, prices_include_tax,
        delivery_method, promotions, currency, version, placed_at, updated_at
    )
    SELECT id, cart_id, owner, status, reference, contact_email, contact_name,
        recipient, street, city, postcode, country,
        amount, subtotal, discount, shipping, tax, shipping_tax, prices_include_tax,
        delivery_method, promotions, currency, version, placed_at, placed_at
    FROM json_populate_recordset(CAST(NULL AS orders), CAST(:orders AS json))
    ORDER BY cart_id
    ON CONFLICT (cart_id) DO NOTHING RETURNING id
), lines AS (
    INSERT INTO order_lines (
        order_id, sku, name, quantity, unit_amount, discount, tax, weight_grams
    )
    SELECT order_id, sku, name, quantity, unit_amount, discount, tax, weight_grams
    FROM json_populate_recordset(CAST(NULL AS order_lines), CAST(:lines AS json))
    WHERE order_id IN (SELECT id FROM placed)
), sagas AS (
    INSERT INTO order_sagas (
        order_id, state, awaiting, deadline, tries, messages, payment_token, conversation,
        traceparent
    )
    SELECT order_id, state, '{}', deadline, tries, messages, payment_token, conversation,
        traceparent
    FROM json_populate_recordset(CAST(NULL AS order_sagas), CAST(:sagas AS json))
    WHERE order_id IN (SELECT id FROM placed)
), told AS (
    INSERT INTO order_timeline (
        order_id, at, kind, name, request_id, trace_id, message_id, actor, attempt, compensation
    )
    SELECT order_id, at, kind, name, request_id, trace_id, message_id, actor, attempt, compensation
    FROM json_populate_recordset(CAST(NULL AS order_timeline), CAST(:entries AS json))
        WITH ORDINALITY
    WHERE order_id IN (SELECT id FROM placed)
    ORDER BY ordinality
)
SELECT id FROM placed
""")

# All that a batch changed on the orders it loaded, and what is to be told of it; one wake-up for
# each order whose status changed, delivered when the transaction commits.
SETTLED_CHANNEL = "order_settled"
MOVE = text("""
WITH sagas AS (
    UPDATE order_sagas AS saga
    SET state = moved.state, awaiting = string_to_array(moved.awaiting, ' '),
        deadline = moved.deadline, tries = moved.tries, messages = moved.messages
    FROM unnest(
        CAST(:saga_ids AS uuid[]), CAST(:states AS text[]), CAST(:awaiting AS text[]),
        CAST(:deadlines AS timestamptz[]), CAST(:tries AS integer[]), CAST(:messages AS integer[])
    ) AS moved (id, state, awaiting, deadline, tries, messages)
    WHERE saga.order_id = moved.id
), moves AS (
    UPDATE orders
    SET status = moved.status, version = moved.version, updated_at = moved.updated_at,
        captured = moved.captured, refunded = moved.refunded,
        reason = moved.reason, shortages = CAST(moved.shortages AS jsonb),
        cancelled_by = moved.cancelled_by
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:versions AS integer[]),
        CAST(:updated_at AS timestamptz[]), CAST(:captured AS bigint[]),
        CAST(:refunded AS bigint[]), CAST(:reasons AS text[]), CAST(:shortages AS text[]),
        CAST(:cancelled_by AS text[])
    ) AS moved (
        id, status, version, updated_at, captured, refunded, reason, shortages, cancelled_by
    )
    WHERE orders.id = moved.id
), told AS (
    INSERT INTO order_timeline (
        order_id, at, kind, name, request_id, trace_id, message_id, actor, attempt, compensation
    )
    SELECT order_id, at, kind, name, request_id, trace_id, message_id, actor, attempt, compensation
    FROM json_populate_recordset(CAST(NULL AS order_timeline), CAST(:entries AS json))
)
SELECT pg_notify('order_settled', CAST(id AS text)) FROM unnest(CAST(:settled AS uuid[])) AS id
""")


def placements(orders: Sequence[Order]) -> dict[str, Any]:
    """Returns the values of PLACE, but for the timeline's."""
    return {
        "orders": as_json([_row(order) for order in orders]),
        "lines": as_json([line for order in orders for line in _lines(order)]),
        "sagas": as_json([_saga(order) for order in orders]),
    }


def saga_moves(orders: Sequence[Order]) -> dict[str, Any]:
    """Returns the values of MOVE about sagas."""
    return {
        "saga_ids": [order.id for order in orders],
        "states": [order.saga.state for order in orders],
        "awaiting": [" ".join(sorted(order.saga.awaiting)) for order in orders],
        "deadlines": [order.saga.deadline for order in orders],
        "tries": [order.saga.tries for order in orders],
        "messages": [order.messages for order in orders],
    }


def order_moves(orders: Sequence[Order]) -> dict[str, Any]:
    """Returns the values of MOVE about orders."""
    return {
        "ids": [order.id for order in orders],
        "statuses": [order.status for order in orders],
        "versions": [order.version for order in orders],
        "updated_at": [order.updated_at for order in orders],
        "captured": [order.account.captured.amount for order in orders],
        "refunded": [order.account.refunded.amount for order in orders],
        "reasons": [order.reason for order in orders],
        "shortages": [_shortages(order) for order in orders],
        "cancelled_by": [order.cancelled_by for order in orders],
    }


def _shortages(order: Order) -> str | None:
    return orjson.dumps(order.shortages).decode() if order.shortages else None


def _row(order: Order) -> dict[str, Any]:
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
        **_bill(order.bill),
        "version": order.version,
        "placed_at": order.placed_at,
    }


def _lines(order: Order) -> Iterator[dict[str, Any]]:
    for line in order.lines:
        yield {
            "order_id": order.id,
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "unit_amount": line.unit_price.amount,
            "discount": line.discount_amount,
            "tax": line.tax_amount,
            "weight_grams": line.weight_grams,
        }


def _saga(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "state": order.saga.state,
        "deadline": order.saga.deadline,
        "tries": order.saga.tries,
        "messages": order.messages,
        "payment_token": order.purchase.payment_token,
        "conversation": order.conversation,
        "traceparent": order.traceparent,
    }


def as_json(rows: Sequence[Any]) -> str:
    """Returns rows as the text of a JSON array, for `json_populate_recordset`."""
    # asyncpg's UUIDs are of a class of their own, which orjson does not know.
    return orjson.dumps(rows, default=str).decode()


def _bill(bill: Bill) -> dict[str, Any]:
    parts = bill.amounts
    used = [
        {
            "id": each.id,
            "name": each.name,
            "code": each.code,
            "discount": each.discount.amount,
            "is_limited": each.is_limited,
        }
        for each in bill.promotions
    ]
    return {
        "amount": parts.total.amount,
        "subtotal": parts.subtotal.amount,
        "discount": parts.discount.amount,
        "shipping": parts.shipping.amount,
        "tax": parts.tax.amount,
        "shipping_tax": parts.shipping_tax.amount,
        "prices_include_tax": parts.prices_include_tax,
        "currency": parts.total.currency,
        "delivery_method": bill.delivery,
        "promotions": used or None,
    }
