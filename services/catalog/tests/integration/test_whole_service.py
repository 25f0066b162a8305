"""The service put together as it runs, on the real servers: HTTP in, Kafka out, Kafka in."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from httpx import ASGITransport, AsyncClient
from jsonschema import Draft202012Validator

from catalog.adapters.mongo import Database
from catalog.bootstrap import bootstrap
from catalog.settings import CatalogSettings
from chassis.envelope import new_event
from chassis.producer import EventProducer, Outgoing
from chassis.testing import TokenMint
from native.testing import Engines

CONTRACTS = Path(__file__).parents[4] / "contracts" / "events" / "catalog"
HERE = "/v1/products/striped-paper-lantern"


def product(code: str, name: str, letter: str = "") -> dict[str, Any]:
    """The body of a product with one variant."""
    price = {"amount": 425, "currency": "GBP"}
    variant = {"sku": code + letter, "name": name, "price": price}
    return {"code": code, "name": name, "variants": [variant]}


LANTERN = product("99001", "STRIPED PAPER LANTERN", "R")


@dataclass
class Running:
    """A running service, the prefix of its topics, and a client that may write."""

    client: AsyncClient
    kafka: str
    prefix: str

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The first `count` events on the service's topic, in the order of each partition."""
        consumer = AIOKafkaConsumer(
            f"{self.prefix}catalog.events",
            bootstrap_servers=self.kafka,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        found: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(60):
                while len(found) < count:
                    batches = await consumer.getmany(timeout_ms=500)
                    found += [json.loads(m.value) for batch in batches.values() for m in batch]
        finally:
            await consumer.stop()
        return found

    async def publish_availability(self, sku: str, sequence: int, *, in_stock: bool) -> None:
        """Says what inventory would say."""
        event = new_event(
            source="/services/inventory",
            type="inventory.availability_changed.v1",
            subject=sku,
            sequence=sequence,
            data={"sku": sku, "in_stock": in_stock},
        )
        producer = EventProducer(self.kafka)
        await producer.start()
        await producer.send_all([Outgoing(f"{self.prefix}inventory.events", sku, event.to_json())])
        await producer.stop()


@pytest_asyncio.fixture
async def running(engines: Engines, mint: TokenMint) -> AsyncIterator[Running]:
    """The service over a fresh database and topics of its own."""
    topics = [name + end for name in ("catalog.events", "inventory.events") for end in ("", ".dlq")]
    prefix = await engines.topic_prefix(topics)
    settings = CatalogSettings(
        environment="test",
        mongo_url=engines.mongo_url,
        mongo_database=f"test_catalog_{uuid4().hex[:12]}",
        redis_url=engines.redis_url,
        kafka_bootstrap=engines.kafka_bootstrap,
    )
    catalog = bootstrap(settings, verifier=mint.verifier, prefix=prefix)
    async with catalog.app.router.lifespan_context(catalog.app):
        tasks = [asyncio.create_task(component.run()) for component in catalog.components]
        client = AsyncClient(
            transport=ASGITransport(catalog.app),
            base_url="http://catalog",
            headers=mint.headers(scopes={"catalog:write"}),
        )
        async with client:
            yield Running(client, engines.kafka_bootstrap, prefix)
        await asyncio.gather(*(component.stop() for component in catalog.components))
        await asyncio.gather(*tasks)
    database = Database(settings.mongo_url, settings.mongo_database)
    await database.drop()
    database.close()


async def test_every_write_becomes_an_event_that_keeps_its_contract(running: Running) -> None:
    http = running.client
    created = await http.post(
        "/v1/products",
        json=LANTERN,
        headers={"Idempotency-Key": str(uuid4()), "X-Request-Id": "conversation-1"},
    )
    assert created.status_code == 201
    etag = {"If-Match": created.headers["etag"]}
    priced = await http.put(
        f"{HERE}/variants/99001R/price", json={"amount": 399, "currency": "GBP"}, headers=etag
    )
    etag = {"If-Match": priced.headers["etag"]}
    changed = await http.patch(HERE, json={"name": "PAPER LANTERN"}, headers=etag)
    assert changed.status_code == 200
    assert (await http.delete(HERE)).status_code == 204
    events = await running.events(4)
    kinds = ["product_created", "price_changed", "product_changed", "product_withdrawn"]
    assert [event["type"] for event in events] == [f"catalog.{kind}.v1" for kind in kinds]
    assert [event["sequence"] for event in events] == [1, 2, 3, 4]
    assert {event["subject"] for event in events} == {created.json()["id"]}
    assert {event["source"] for event in events} == {"/services/catalog"}
    assert events[0]["correlationid"] == "conversation-1"
    for event, kind in zip(events, kinds, strict=True):
        schema = json.loads((CONTRACTS / f"{kind}.v1.schema.json").read_text())
        Draft202012Validator(schema).validate(event["data"])


async def test_what_inventory_says_shows_in_reads_that_were_cached(running: Running) -> None:
    http = running.client
    await http.post("/v1/product-batches", json={"products": [LANTERN]})
    first = await http.get(HERE)
    assert first.json()["in_stock"] is False
    await running.publish_availability("99001R", 2, in_stock=True)
    await running.publish_availability("99001R", 1, in_stock=False)
    async with asyncio.timeout(60):
        while not (await http.get(HERE)).json()["in_stock"]:
            await asyncio.sleep(0.05)
    assert (await http.get(HERE)).headers["etag"] != first.headers["etag"]
    listed = (await http.get("/v1/products")).json()["items"]
    assert [product["in_stock"] for product in listed] == [True]


async def test_a_batch_of_many_products_is_published_whole(running: Running) -> None:
    products = [product(f"{n:05}", f"THING {n}") for n in range(150)]
    answer = await running.client.post("/v1/product-batches", json={"products": products})
    assert answer.json() == {"created": 150, "changed": 0, "unchanged": 0}
    events = await running.events(150)
    assert {event["data"]["code"] for event in events} == {p["code"] for p in products}


async def test_the_process_is_ready_with_its_document_server(running: Running) -> None:
    answer = await running.client.get("/health/ready")
    assert answer.status_code == 200
    assert "mongodb" in answer.json()["checks"]
    assert "outbox_waiting" in (await running.client.get("/metrics")).text
