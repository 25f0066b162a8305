"""What notifications and auth say: messages and accounts. Called by `reading`."""

from typing import Any

from native.verify.invariants.mails import MessageRow
from native.verify.sql import Snapshot

_OF_THE_WHOLE_ORDER = frozenset(
    {"order_confirmed", "order_rejected", "order_cancelled", "order_packed"}
)
_MESSAGES = (
    "SELECT id, header_id, template, order_id, status, attempts, sent_at, version FROM messages"
)
_USERS = "SELECT id, version FROM users"


async def read_messages(database: Snapshot) -> tuple[list[MessageRow], dict[str, int]]:
    """Reads notifications' messages, and the version of each."""
    rows = [row async for row in database.rows(_MESSAGES)]
    versions = {str(row["id"]): row["version"] for row in rows}
    return [_message(row) for row in rows], versions


async def read_accounts(database: Snapshot) -> dict[str, int]:
    """Reads the version of each account."""
    return {str(row["id"]): row["version"] async for row in database.rows(_USERS)}


def _message(row: Any) -> MessageRow:
    """Parcels, returns and refunds of an order are told of each for itself, by their Message-ID."""
    whole_order = row["template"] in _OF_THE_WHOLE_ORDER
    return MessageRow(
        id=str(row["id"]),
        header_id=row["header_id"],
        template=row["template"],
        order_id=str(row["order_id"]) if row["order_id"] else None,
        subject="" if whole_order else row["header_id"],
        status=row["status"],
        attempts=row["attempts"],
        sent_at=row["sent_at"].timestamp() if row["sent_at"] else 0.0,
    )
