"""The SMTP side: takes any mail for anybody, keeps it, and only then answers 250.

Started by `native.mailbox.main` in the loop of the page, so that both are one small process.
"""

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP

from native.mailbox.store import MailStore

LARGEST = 4 * 1024 * 1024  # bytes


class _Keeper:
    """What aiosmtpd calls once a mail's data has arrived."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        name = self._store.add(bytes(envelope.original_content))
        return f"250 2.0.0 kept as {name}"


async def listen(store: MailStore, host: str, port: int) -> asyncio.Server:
    """Listen for SMTP (RFC 5321) with 8BITMIME and SMTPUTF8."""

    def session() -> SMTP:
        return SMTP(
            _Keeper(store), hostname="mailbox.souk", data_size_limit=LARGEST, enable_SMTPUTF8=True
        )

    return await asyncio.get_running_loop().create_server(session, host, port)
