"""The ledger in PostgreSQL: postings and their entries, only ever added to.

A deferred trigger checks at commit that every posting sums to zero, whoever wrote it.
"""

from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.adapters.tables import ledger_entries, ledger_postings
from payments.domain.ledger import Posting
from payments.domain.ports import Claimed


class LedgerBook:
    """Implements the `Ledger` port on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def post(self, postings: Sequence[tuple[Claimed, Posting]]) -> None:
        if not postings:
            return
        heads = [
            {
                "id": claimed.operation.id,
                "payment_id": claimed.payment.id,
                "reason": posting.reason,
            }
            for claimed, posting in postings
        ]
        entries = [
            {
                "posting_id": claimed.operation.id,
                "account": entry.account.value,
                "currency": entry.money.currency,
                "amount": entry.money.amount,
            }
            for claimed, posting in postings
            for entry in posting.entries
        ]
        await self._connection.execute(insert(ledger_postings), heads)
        await self._connection.execute(insert(ledger_entries), entries)
