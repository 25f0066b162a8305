"""Addresses messages that still wait although their recipient is known by now.

An account and an order of it may be taken in at the same moment by two transactions that cannot
see each other. Then neither addresses the message; this does, every few seconds.
"""

from notifications.domain.ports import UnitOfWork


async def address_messages(uow: UnitOfWork) -> bool:
    """Addresses what can be; returns False, since once is always enough."""
    async with uow:
        if await uow.messages.address_waiting():
            await uow.commit()
    return False
