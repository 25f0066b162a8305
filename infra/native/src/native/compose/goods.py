"""Fills a new shop in containers with the real catalogue: `python -m native.compose.goods URL`.

The one-shot container `goods` runs it when the gateway is ready. A file in its volume remembers
that it was done; one that was interrupted is done again, which is safe.
"""

import asyncio
import os
import sys
from pathlib import Path

from native.compose import stores
from native.first_import import DATA_FILE
from native.progress import Progress
from native.record import Record
from native.shop.importer import import_file
from native.shop.meter import Meter
from native.shop.session import open_session

DONE = Path("/data/first-import")


def caller(gateway_url: str) -> Record:
    """As much of a stack's record as a caller of its gateway needs."""
    return Record(
        home="/data",
        port_base=0,
        replicas={},
        engines_only=False,
        throwaway=False,
        gateway_url=gateway_url,
        mailbox_url="",
        postgres_admin_dsn="",
        databases={},
        redis_url="",
        kafka_bootstrap="",
        mongo_url="",
        operator_jwk=stores.vault().operator_jwk,
    )


async def fill(gateway_url: str) -> str:
    """Import the data set through the shop's own API; returns the file's digest."""
    async with open_session(caller(gateway_url), Meter(Progress())) as session:
        report = await import_file(DATA_FILE, session)
    return report.sha256


if __name__ == "__main__":
    if not DONE.exists() and not os.environ.get("SOUK_EMPTY"):
        DONE.write_text(asyncio.run(fill(sys.argv[1])) + "\n")
