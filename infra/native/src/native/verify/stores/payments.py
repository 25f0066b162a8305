"""What payments says: its payments, its ledger, and the simulated provider's own books.

Called by `reading`.
"""

from dataclasses import dataclass
from typing import Any

from native.verify.invariants.money import Charge, LedgerEntry, PaymentRow
from native.verify.invariants.parts import PostedPart
from native.verify.sql import Snapshot

_PAYMENTS = (
    "SELECT id, order_id, status, amount, captured, refunded, reference, currency, version "
    "FROM payments"
)
_ENTRIES = (
    "SELECT e.posting_id, p.payment_id, e.account, e.currency, e.amount "
    "FROM ledger_entries e JOIN ledger_postings p ON p.id = e.posting_id"
)
_PARTS = (
    "SELECT o.subject_id, e.account, abs(e.amount) AS amount FROM operations o "
    "JOIN ledger_entries e ON e.posting_id = o.id AND e.account IN ('sales', 'refunds') "
    "WHERE o.subject_id IS NOT NULL"
)
_AT_WORK = "SELECT subject_id FROM operations WHERE stage = 'waiting' AND subject_id IS NOT NULL"
# A charge holds something unless it was declined, or is still to be decided or to be asked about.
_CHARGES = (
    "SELECT c.reference, c.captured, c.refunded, NOT c.closed AND c.declined IS NULL "
    "AND coalesce(c.decides_at <= now(), true) AND o.id IS NULL AS open FROM provider_charges c "
    "LEFT JOIN operations o ON o.stage = 'waiting' AND "
    "c.reference = 'ch_' || replace(o.id::text, '-', '')"
)


@dataclass(frozen=True, slots=True)
class PaymentsStore:
    """What payments says; `charges` is None where the provider is another than the simulated."""

    payments: list[PaymentRow]
    entries: list[LedgerEntry]
    parts: list[PostedPart]
    at_work: frozenset[str]
    charges: dict[str, Charge] | None
    versions: dict[str, int]


async def read_payments(database: Snapshot) -> PaymentsStore:
    """Reads payments, the ledger and the simulated provider's charges."""
    rows = [row async for row in database.rows(_PAYMENTS)]
    charges = {
        row["reference"]: Charge(row["captured"], row["refunded"], row["open"])
        async for row in database.rows(_CHARGES)
    }
    return PaymentsStore(
        payments=[_payment(row) for row in rows],
        entries=[_entry(row) async for row in database.rows(_ENTRIES)],
        parts=[
            PostedPart(str(row["subject_id"]), row["account"], row["amount"])
            async for row in database.rows(_PARTS)
        ],
        at_work=frozenset([str(row["subject_id"]) async for row in database.rows(_AT_WORK)]),
        charges=charges if all(map(_is_simulated, rows)) else None,
        versions={str(row["order_id"]): row["version"] for row in rows},
    )


def _is_simulated(payment: Any) -> bool:
    return payment["reference"] is None or payment["reference"].startswith("ch_")


def _payment(row: Any) -> PaymentRow:
    return PaymentRow(
        id=str(row["id"]),
        order_id=str(row["order_id"]),
        status=row["status"],
        amount=row["amount"],
        captured=row["captured"],
        refunded=row["refunded"],
        reference=row["reference"],
        currency=row["currency"],
    )


def _entry(row: Any) -> LedgerEntry:
    return LedgerEntry(
        posting_id=str(row["posting_id"]),
        payment_id=str(row["payment_id"]),
        account=row["account"],
        currency=row["currency"],
        amount=row["amount"],
    )
