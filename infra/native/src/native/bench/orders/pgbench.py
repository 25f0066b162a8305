"""The reference for writing: pgbench, which comes with PostgreSQL, writing what an order writes.

Its idempotency key, order, lines and saga, and its outbox rows, in one durable transaction of three
statements; in a database of its own on the same server, with the very tables of the orders service
and an order of the shop as its sample. Called by `command.py`.
"""

import json
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from native.children import run
from native.engines.postgres import cluster
from native.errors import StackError
from native.place import Place
from native.record import Record

CLIENTS = 16
DATABASE = "bench_reference"
# What makes each copy of the sample a row of its own.
_FRESH = {"id": "uuidv7()", "cart_id": "gen_random_uuid()", "order_id": "placed.id"}
_SAMPLED = ("orders", "order_lines", "order_sagas")
_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = CAST($1 AS regclass) AND attnum > 0 AND NOT attisdropped
"""
_SCRIPT = """
BEGIN;
INSERT INTO idempotency_keys (scope, key, fingerprint, status, location)
VALUES ('bench', gen_random_uuid(), md5('body'), 201, '/v1/orders/1');
WITH placed AS (
    INSERT INTO orders {orders} FROM sample_orders AS sample RETURNING id
), line AS (
    INSERT INTO order_lines {order_lines} FROM placed, sample_order_lines AS sample
)
INSERT INTO order_sagas {order_sagas} FROM placed, sample_order_sagas AS sample;
INSERT INTO outbox (topic, key, payload)
SELECT topic, gen_random_uuid(), decode(repeat('7b', 700), 'hex')
FROM unnest(ARRAY['orders.events', 'inventory.commands']) AS topic;
COMMIT;
"""


class NoReference(StackError):
    """pgbench gave no figure."""


async def measure(kept: Record, place: Place, seconds: int) -> float:
    """Transactions a second of CLIENTS clients. Raises NoReference."""
    program = cluster(place).binaries / "pgbench"
    async with database(kept) as url:
        script = await _script(kept, url)
        with tempfile.TemporaryDirectory(prefix="souk-pgbench-") as folder:
            path = Path(folder) / "order.sql"
            path.write_text(script)
            said = await _run(program, path, url, seconds)
    found = re.search(r"tps = ([0-9.]+)", said)
    failed = re.search(r"number of failed transactions: ([0-9]+)", said)
    if found is None or failed is None or failed[1] != "0":
        raise NoReference(f"pgbench said: {said[-500:]}")
    return float(found[1])


@asynccontextmanager
async def database(kept: Record) -> AsyncIterator[str]:
    """A database with the tables of the orders service, while the context is open."""
    admin = await asyncpg.connect(kept.postgres_admin_dsn)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {DATABASE}")
        url = urlsplit(kept.postgres_admin_dsn)._replace(path=f"/{DATABASE}").geturl()
        try:
            given = json.dumps({"orders": url})
            await run([sys.executable, "-m", "native.migrate"], given=given)
            yield url
        finally:
            await admin.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    finally:
        await admin.close()


async def _script(kept: Record, url: str) -> str:
    """What each transaction does, with the newest order of the shop as the sample."""
    shop = await asyncpg.connect(kept.databases["orders"])
    reference = await asyncpg.connect(url)
    try:
        order = await shop.fetchval("SELECT id FROM orders ORDER BY id DESC LIMIT 1")
        inserts: dict[str, str] = {}
        for table in _SAMPLED:
            key = "id" if table == "orders" else "order_id"
            rows = await shop.fetch(
                f"SELECT to_jsonb(t) AS row FROM {table} AS t WHERE {key} = $1",  # noqa: S608
                order,
            )
            await _keep_sample(reference, table, [row["row"] for row in rows])
            columns = [row["attname"] for row in await reference.fetch(_COLUMNS, table)]
            inserts[table] = insert_of(columns)
        return _SCRIPT.format_map(inserts)
    finally:
        await shop.close()
        await reference.close()


async def _keep_sample(reference: asyncpg.Connection, table: str, rows: list[str]) -> None:
    await reference.execute(f"CREATE TABLE sample_{table} AS TABLE {table} WITH NO DATA")
    await reference.executemany(
        f"INSERT INTO sample_{table} "  # noqa: S608  our own table's name
        f"SELECT * FROM jsonb_populate_record(NULL::{table}, CAST($1 AS jsonb))",
        [(row,) for row in rows],
    )


def insert_of(columns: list[str]) -> str:
    """`(columns) SELECT …` that copies the sample with fresh ids."""
    values = [_FRESH.get(column, f"sample.{column}") for column in columns]
    return f"({', '.join(columns)}) SELECT {', '.join(values)}"


async def _run(program: Path, script: Path, url: str, seconds: int) -> str:
    parts = urlsplit(url)
    command = [str(program), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2"]
    command += ["-T", str(seconds), "-f", str(script), "-h", str(parts.hostname)]
    command += ["-p", str(parts.port), "-U", str(parts.username), DATABASE]
    return await run(command, environment={"PGPASSWORD": parts.password or ""})
