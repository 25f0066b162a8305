"""The one module round motor: what the catalogue's adapters use of a MongoDB driver.

motor's life ends in 2027; PyMongo's own async client has the same calls, so replacing it is this
file (docs/adr/0003). Filters and updates are made by the adapters beside it and never come from
outside, and nothing here is used that mongo-java-server and MongoDB do not share.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.operations import InsertOne, UpdateOne

from chassis import failpoints

__all__ = ["Collection", "Database", "Document", "Filter", "InsertOne", "UpdateOne", "Write"]

Document = dict[str, Any]
Filter = Mapping[str, Any]
Write = InsertOne[Document] | UpdateOne
Keys = Sequence[tuple[str, int]]

ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Index:
    """An ascending index. A violation tells only its name."""

    name: str
    fields: tuple[str, ...]
    unique: bool = False
    sparse: bool = False


class Collection:
    """One collection. Raises pymongo's errors; those of the network are AutoReconnect."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    async def find_one(self, where: Filter, fields: Sequence[str] | None = None) -> Document | None:
        """Returns one document that fits."""
        found: Document | None = await self._collection.find_one(where, _projection(fields))
        return found

    async def find(
        self,
        where: Filter,
        *,
        fields: Sequence[str] | None = None,
        sort: Keys = (),
        limit: int = 0,
    ) -> list[Document]:
        """Returns all documents that fit, or the first `limit`."""
        cursor = self._collection.find(where, _projection(fields), limit=limit)
        if sort:
            cursor = cursor.sort(list(sort))
        found: list[Document] = await cursor.to_list(None)
        return found

    async def count(self, where: Filter) -> int:
        """Returns how many documents fit."""
        return int(await self._collection.count_documents(where))

    async def insert(self, document: Document) -> None:
        """Inserts a document; raises DuplicateKeyError."""
        async with _writing():
            await self._collection.insert_one(document)

    async def update(self, where: Filter, change: Filter) -> bool:
        """Changes one document that fits; False when none does. Raises DuplicateKeyError."""
        async with _writing():
            result = await self._collection.update_one(where, change)
        return bool(result.matched_count)

    async def upsert(self, where: Filter, change: Filter) -> Document:
        """Changes the document that fits or makes it; raises DuplicateKeyError where the
        identity in `where` is taken by one that does not fit."""
        async with _upkeep():
            found: Document = await self._collection.find_one_and_update(
                where, change, upsert=True, return_document=ReturnDocument.AFTER
            )
        return found

    async def delete(self, where: Filter) -> None:
        """Deletes one document that fits."""
        async with _upkeep():
            await self._collection.delete_one(where)

    async def delete_all(self, where: Filter) -> None:
        """Deletes all documents that fit."""
        async with _upkeep():
            await self._collection.delete_many(where)

    async def write_all(self, writes: Sequence[Write]) -> int:
        """Does all the writes in no order; returns how many documents the updates matched.

        Raises BulkWriteError when some failed; the others are done then.
        """
        async with _writing():
            result = await self._collection.bulk_write(writes, ordered=False)
        return int(result.matched_count)

    async def create_indexes(self, indexes: Sequence[Index]) -> None:
        """Creates those that are not there yet; raises OperationFailure where another of the same
        name or over the same fields is."""
        models = [
            IndexModel(_ascending(one.fields), name=one.name, unique=one.unique, sparse=one.sparse)
            for one in indexes
        ]
        await self._collection.create_indexes(models)

    async def drop_index(self, name: str) -> None:
        """Drops an index."""
        await self._collection.drop_index(name)

    async def indexes(self) -> list[Index]:
        """Returns the indexes that are there, besides that of the identity."""
        found = dict(await self._collection.index_information())
        found.pop("_id_", None)
        return [_index(name, each) for name, each in found.items()]


class Database:
    """A connection pool and one database of it. Connects when it is first used.

    An answer that takes longer than `patience` seconds is lost; the driver asks once more if that
    was a read.
    """

    def __init__(self, url: str, name: str, *, patience: float = ANSWER_SECONDS) -> None:
        self._client: Any = AsyncIOMotorClient(
            url,
            tz_aware=True,
            appname="souk-catalog",
            serverSelectionTimeoutMS=3_000,
            connectTimeoutMS=2_000,
            socketTimeoutMS=int(patience * 1000),
        )
        self.name = name
        self._database = self._client[name]

    def collection(self, name: str) -> Collection:
        """Returns a collection, which is made by the first write to it."""
        return Collection(self._database[name])

    async def ping(self) -> None:
        """Raises a PyMongoError while the server does not answer."""
        await self._client.admin.command("ping")

    async def drop(self) -> None:
        """Deletes the database with all that is in it."""
        await self._client.drop_database(self.name)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()


@asynccontextmanager
async def _writing() -> AsyncIterator[None]:
    """The points round a write of documents; behind one that failed there is none."""
    await failpoints.hit("document.before_write")
    yield
    await failpoints.hit("document.after_write")


@asynccontextmanager
async def _upkeep() -> AsyncIterator[None]:
    """The same round housekeeping: a lease, or an upload that is over."""
    await failpoints.hit("upkeep.before_commit")
    yield
    await failpoints.hit("upkeep.after_commit")


def _ascending(fields: Sequence[str]) -> Keys:
    return [(field, ASCENDING) for field in fields]


def _index(name: str, found: Document) -> Index:
    fields = tuple(field for field, _direction in found["key"])
    return Index(name, fields, found.get("unique", False), found.get("sparse", False))


def _projection(fields: Sequence[str] | None) -> dict[str, int] | None:
    return None if fields is None else dict.fromkeys(fields, 1)
