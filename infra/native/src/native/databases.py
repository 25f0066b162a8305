"""A database and a role of its own for each service, and the migrations that fill them.

Called by `up` once PostgreSQL answers. A service's role owns its database and may not even connect
to another's, so that "none reads another's store" is kept by the server and not by good manners.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from native import addresses
from native.children import run
from native.ports import Ports
from native.vault import DATABASES, Vault


async def create(ports: Ports, vault: Vault) -> None:
    """Make each role and database that is missing."""
    await create_at(addresses.postgres_admin(ports, vault), vault.roles)


async def create_at(dsn: str, passwords: Mapping[str, str]) -> None:
    """The same on any server, as its administrator."""
    import asyncpg

    admin = await asyncpg.connect(dsn)
    try:
        for service in DATABASES:
            await _create_one(admin, service, passwords[service])
    finally:
        await admin.close()


async def _create_one(admin: Any, service: str, password: str) -> None:
    # The names come from our own table and the password is hex: nothing here needs quoting.
    if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", service):
        await admin.execute(f"CREATE ROLE {service} LOGIN PASSWORD '{password}'")
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", service):
        await admin.execute(f"CREATE DATABASE {service} OWNER {service}")
        await admin.execute(f"REVOKE ALL ON DATABASE {service} FROM PUBLIC")


async def migrate(ports: Ports, vault: Vault) -> None:
    """Bring every service's database to its newest version, in one process for all."""
    urls = {service: addresses.database(service, ports, vault) for service in DATABASES}
    await run([sys.executable, "-m", "native.migrate"], given=json.dumps(urls))
