"""The process of the mailbox: `python -m native.mailbox.main FOLDER HTTP_PORT SMTP_PORT [HOST]`.

Started by the supervisor, and in a container of its own. It listens on the loopback address unless
told another: a container has a network to itself.
"""

import asyncio
import sys
from pathlib import Path

import uvicorn

from native.mailbox.smtp import listen
from native.mailbox.store import MailStore
from native.mailbox.web import MailboxApp

HOST = "127.0.0.1"


def run(folder: Path, http_port: int, smtp_port: int, host: str = HOST) -> None:
    """Serve the page and SMTP until SIGTERM."""
    store = MailStore(folder)
    servers: list[asyncio.Server] = []

    async def start() -> None:
        servers.append(await listen(store, host, smtp_port))

    async def stop() -> None:
        for server in servers:
            server.close()

    app = MailboxApp(store, start, stop)
    uvicorn.run(app, host=host, port=http_port, log_level="warning", access_log=False, ws="none")


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:5])
