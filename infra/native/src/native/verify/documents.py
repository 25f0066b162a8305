"""Reads the catalogue's documents: products with their versions, stock words and waiting events.

`gather` calls it. Only the fields that the checks need come over the wire.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chassis.envelope import Event
from native.verify.invariants.commits import Waiting
from native.verify.sql import waiting_row

DATABASE = "catalog"
_FIELDS = ("version", "stock", "variants.sku", "outbox")


@dataclass(slots=True)
class Documents:
    """What the catalogue's products say. `stock` is by SKU: the words that documents.py explains.

    `skus` are those that a product has now; it may know words about earlier ones too.
    """

    versions: dict[str, int] = field(default_factory=dict)
    stock: dict[str, int] = field(default_factory=dict)
    skus: set[str] = field(default_factory=set)
    waiting: list[Waiting] = field(default_factory=list)


async def read_documents(url: str) -> Documents:
    """Reads every product."""
    found = Documents()
    async with _products(url) as products:
        async for document in products.find({}, dict.fromkeys(_FIELDS, 1)):
            found.versions[document["_id"]] = document["version"]
            found.stock |= document["stock"]
            found.skus.update(variant["sku"] for variant in document["variants"])
            found.waiting += [_waiting(entry) for entry in document.get("outbox", ())]
    return found


async def count_waiting(url: str) -> int:
    """How many products have events that wait."""
    async with _products(url) as products:
        beginning = datetime(1970, 1, 1, tzinfo=UTC)
        return int(await products.count_documents({"outbox.at": {"$gte": beginning}}))


@asynccontextmanager
async def _products(url: str) -> AsyncIterator[Any]:
    from pymongo import AsyncMongoClient

    client: Any = AsyncMongoClient(url, tz_aware=True, serverSelectionTimeoutMS=10_000)
    async with client:
        yield client[DATABASE]["products"]


def _waiting(entry: dict[str, Any]) -> Waiting:
    event = Event.from_json(entry["value"].encode())
    age = (datetime.now(UTC) - entry["at"]).total_seconds()
    return waiting_row("catalog", entry.get("topic", "catalog.events"), event, age)
