"""Makes databases, roles and topics of a stack in containers: `… databases HOST`, `… topics HOST`.

Two one-shot containers run it, between the servers and the migrations. What is there already stays.
"""

import asyncio
import sys
from pathlib import Path

from native import databases, topics
from native.place import Place
from native.vault import Vault, open_vault

SECRETS = Path("/run/secrets")


def vault() -> Vault:
    """The operator's secrets, where its volume is mounted."""
    return open_vault(Place(home=SECRETS, tools=SECRETS))


def main(what: str, server: str) -> None:
    """Make what is missing of databases or topics on this server."""
    if what == "databases":
        found = vault()
        admin = f"postgresql://postgres:{found.postgres}@{server}/postgres"
        asyncio.run(databases.create_at(admin, found.roles))
    elif what == "topics":
        asyncio.run(topics.create(server, topics.names()))
    else:
        raise SystemExit(f"databases or topics, and not {what}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
