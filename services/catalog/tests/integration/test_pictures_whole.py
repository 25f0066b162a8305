"""Pictures in the service as it runs: HTTP in, files in a folder, events out, and real crashes."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from httpx import ASGITransport, AsyncClient, Response

from catalog.adapters.indexes import LEASES, PRODUCTS
from catalog.adapters.mongo import Database
from catalog.api.dependencies import Services
from catalog.application.sweep_media import sweep_media
from catalog.bootstrap import Catalog, bootstrap
from catalog.settings import CatalogSettings
from catalog.testing_media import picture_bytes
from chassis.clock import utcnow
from chassis.failpoints import CRASHED
from chassis.testing import TokenMint
from chassis.testing_process import running as process_running
from native.testing import Engines

PATIENCE = 60
DATA = picture_bytes(600, 400, "JPEG")
HERE = "/v1/products/striped-paper-lantern"
LANTERN = {
    "code": "99001",
    "name": "STRIPED PAPER LANTERN",
    "variants": [{"sku": "99001R", "name": "RED", "price": {"amount": 425, "currency": "GBP"}}],
}


@dataclass
class Shop:
    """A catalogue over a database and a folder of its own, and a merchandiser's client."""

    catalog: Catalog
    client: AsyncClient
    settings: CatalogSettings
    prefix: str

    @property
    def services(self) -> Services:
        found: Services = self.catalog.app.state.container
        return found

    async def uploaded(self) -> Response:
        """Creates the product, asks for an upload, sends the bytes, and says so."""
        http = self.client
        made = await http.post("/v1/products", json=LANTERN, headers={"Idempotency-Key": "p"})
        assert made.status_code == 201, made.text
        body = {"content_type": "image/jpeg", "size_bytes": len(DATA), "alt": "A lantern"}
        started = await http.post(
            f"{HERE}/picture-uploads", json=body, headers={"Idempotency-Key": "u"}
        )
        request = started.json()["request"]
        put = await http.put(request["url"], content=DATA, headers=request["headers"])
        assert put.status_code == 200, put.text
        finished = await http.post(started.json()["_links"]["finish"]["href"])
        assert finished.status_code == 202
        return started

    async def ended(self, path: str) -> str:
        """How the upload ended."""
        async with asyncio.timeout(PATIENCE):
            while True:
                status = (await self.client.get(path)).json()["status"]
                if status not in ("awaiting", "checking"):
                    return str(status)
                await asyncio.sleep(0.1)

    async def events(self, topic: str, count: int) -> list[dict[str, object]]:
        """The first events on a topic of ours."""
        consumer = AIOKafkaConsumer(
            self.prefix + topic,
            bootstrap_servers=self.settings.kafka_bootstrap,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        found: list[dict[str, object]] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while len(found) < count:
                    batches = await consumer.getmany(timeout_ms=500)
                    found += [json.loads(m.value) for batch in batches.values() for m in batch]
        finally:
            await consumer.stop()
        return found


@pytest_asyncio.fixture
async def shop(engines: Engines, mint: TokenMint, tmp_path: Path) -> AsyncIterator[Shop]:
    """The API over a fresh database; a test runs the components that it wants."""
    prefix = await engines.topic_prefix(["catalog.events", "audit.events"])
    settings = CatalogSettings(
        environment="test",
        mongo_url=engines.mongo_url,
        mongo_database=f"test_catalog_{uuid4().hex[:12]}",
        redis_url=engines.redis_url,
        kafka_bootstrap=engines.kafka_bootstrap,
        run=frozenset({"api", "relay", "workers"}),
        media_folder=tmp_path,
    )
    catalog = bootstrap(settings, verifier=mint.verifier, prefix=prefix)
    async with catalog.app.router.lifespan_context(catalog.app):
        client = AsyncClient(
            transport=ASGITransport(catalog.app),
            base_url="http://catalog",
            headers=mint.headers(
                subject="merchandiser-1", scopes={"catalog:write"}, roles={"merchandiser"}
            ),
        )
        async with client:
            yield Shop(catalog, client, settings, prefix)
    database = Database(settings.mongo_url, settings.mongo_database)
    await database.drop()
    database.close()


async def test_a_picture_comes_in_by_http_and_goes_out_as_a_file_and_an_event(shop: Shop) -> None:
    components = shop.catalog.components
    assert [component.name for component in components] == ["catalog-relay", "catalog-pictures"]
    tasks = [asyncio.create_task(component.run()) for component in components]
    started = await shop.uploaded()
    assert await shop.ended(started.headers["location"]) == "attached"
    body = (await shop.client.get("/v2/products/striped-paper-lantern")).json()
    (picture,) = body["pictures"]
    for rendition in picture["renditions"]:
        shown = await shop.client.get(rendition["href"])
        assert shown.headers["content-type"] == "image/webp"
        assert shown.content[8:12] == b"WEBP"
    created, changed = await shop.events("catalog.events", 2)
    assert (created["type"], changed["type"]) == (
        "catalog.product_created.v1",
        "catalog.product_changed.v1",
    )
    told = changed["data"]["pictures"]  # type: ignore[index]
    assert [one["path"] for one in told[0]["renditions"]] == [
        one["href"] for one in picture["renditions"]
    ]
    # The merchandiser answers for what the worker did for them.
    assert changed["correlationid"] == started.headers["x-request-id"]
    entries = {entry["data"]["operation"]: entry for entry in await shop.events("audit.events", 2)}  # type: ignore[index]
    entry = entries["start_picture_upload"]["data"]
    assert entry["actor"] == "merchandiser-1"  # type: ignore[index]
    assert entry["target"] == body["id"]  # type: ignore[index]
    assert entry["request_id"] == started.headers["x-request-id"]  # type: ignore[index]
    await asyncio.gather(*(component.stop() for component in components))
    await asyncio.gather(*tasks)


# Of the worker's writes, which are one attempt more, the product, the ticket's end.
@pytest.mark.parametrize("hit", [2, 3])
@pytest.mark.parametrize("point", ["document.before_write", "document.after_write"])
async def test_a_worker_that_dies_at_a_write_leaves_one_picture_to_the_next(
    shop: Shop, point: str, hit: int
) -> None:
    started = await shop.uploaded()
    settings = shop.settings
    environment = {
        "SOUK_ENVIRONMENT": "test",
        "SOUK_RUN": "workers",
        "SOUK_MONGO_URL": settings.mongo_url,
        "SOUK_MONGO_DATABASE": settings.mongo_database,
        "SOUK_REDIS_URL": settings.redis_url,
        "SOUK_MEDIA_FOLDER": str(settings.media_folder),
    }
    doomed = environment | {"SOUK_FAILPOINTS": f"{point}=crash@{hit}"}
    async with process_running("catalog", **doomed) as first, asyncio.timeout(PATIENCE):
        assert await first.process.wait() == CRASHED
    database = Database(settings.mongo_url, settings.mongo_database)
    # Its lease runs out by itself; nobody wants to wait for that here.
    await database.collection(LEASES).delete({"_id": "pictures"})
    async with process_running("catalog", **environment):
        assert await shop.ended(started.headers["location"]) == "attached"
    product = await database.collection(PRODUCTS).find_one({"code": "99001"})
    database.close()
    assert product is not None
    assert len(product["pictures"]) == 1
    kinds = [json.loads(entry["value"])["type"] for entry in product["outbox"]]
    assert kinds.count("catalog.product_changed.v1") == 1
    assert kinds.count("audit.change_made.v1") == 2
    # What a death behind the last write leaves, the sweep takes.
    await sweep_media(shop.services.desk, utcnow() + timedelta(hours=2))
    files = {path.name for path in settings.media_folder.rglob("*") if path.is_file()}
    assert files == {one["name"] for one in product["pictures"][0]["renditions"]}
