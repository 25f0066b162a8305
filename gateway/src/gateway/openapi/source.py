"""Fetches the services' OpenAPI documents and keeps the merged one for a while.

One refresh at a time, whoever asks; a document with a service missing is kept for seconds only.
The pages ask for it.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from chassis.logs import get_logger
from gateway.openapi.merge import merge
from gateway.openapi.names import Document, clashes
from gateway.upstream.cluster import Cluster
from gateway.upstream.errors import MalformedAnswer, UpstreamError

FETCH_SECONDS = 3.0
INCOMPLETE_SECONDS = 3.0
LARGEST = 8 * 1024 * 1024

log = get_logger(__name__)


class ApiDocument:
    """The merged document of the services behind `clusters`, fetched anew every `seconds`."""

    def __init__(self, clusters: Mapping[str, Cluster], *, seconds: float) -> None:
        self._clusters = clusters
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._documents: dict[str, Document] = {}
        self._missing: list[str] = list(clusters)
        self._fresh_until = 0.0
        self._refresh: asyncio.Task[None] | None = None

    async def merged(self, origin: str) -> Document:
        """The document for clients that know us as `origin`."""
        if self._loop.time() >= self._fresh_until:
            if self._refresh is None or self._refresh.done():
                self._refresh = asyncio.create_task(self._fetch_all())
            await asyncio.shield(self._refresh)
        return merge(self._documents, self._missing, origin)

    async def _fetch_all(self) -> None:
        names = list(self._clusters)
        found = await asyncio.gather(*(self._fetch(name) for name in names))
        self._documents = _without_clashes(dict(zip(names, found, strict=True)))
        self._missing = [name for name in names if name not in self._documents]
        kept = INCOMPLETE_SECONDS if self._missing else self._seconds
        self._fresh_until = self._loop.time() + kept

    async def _fetch(self, name: str) -> Document | None:
        """One service's document; None for a service that gives none."""
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                raw = await get(self._clusters[name], b"/openapi.json")
            document: Any = orjson.loads(raw)
        except (UpstreamError, TimeoutError, orjson.JSONDecodeError):
            return None
        return document if isinstance(document, dict) and "paths" in document else None


def _without_clashes(answers: Mapping[str, Document | None]) -> dict[str, Document]:
    """The documents that go together; of two that do not, the first in the order of the clusters.

    A name means the same as long as its owner answers, so a newcomer cannot take it away.
    """
    kept: dict[str, Document] = {}
    for name, answer in answers.items():
        if answer is None:
            continue
        found = clashes({**kept, name: answer})
        if found:
            log.warning("openapi_names_clash", service=name, clashes=found)
        else:
            kept[name] = answer
    return kept


async def get(cluster: Cluster, path: bytes) -> bytes:
    """The body of a 200 to a plain GET; raises UpstreamError for anything else."""
    replica, connection = await cluster.acquire(cluster.next(), 0.0)
    try:
        host = f"{replica.host}:{replica.port}".encode()
        request = b"GET %b HTTP/1.1\r\nhost: %b\r\naccept: application/json\r\n\r\n" % (path, host)
        connection.begin(request, is_head_request=False)
        await connection.head()
        if connection.status != 200:
            raise MalformedAnswer(f"status {connection.status}")
        body = bytearray()
        while piece := await connection.read():
            body += piece
            if len(body) > LARGEST:
                raise MalformedAnswer("more than a document can be")
        return bytes(body)
    finally:
        replica.release(connection)
