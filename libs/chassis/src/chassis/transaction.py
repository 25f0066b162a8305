"""The shape of a transaction, which the ports of use cases and consumers have in common.

Typing alone, and nothing of SQL: `unit_of_work.py` has the real one, and tests have fakes.
"""

from types import TracebackType
from typing import Protocol, Self


class Transaction(Protocol):
    """What is not committed when it ends has not happened."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        """Makes all of it durable at once."""
