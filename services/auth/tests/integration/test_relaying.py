"""The way of an event: from a seeded account through the outbox and Kafka to a consumer."""

import asyncio

from aiokafka import AIOKafkaConsumer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.bootstrap import bootstrap
from auth.settings import AuthSettings
from chassis.envelope import Event
from native.testing import Engines

CUSTOMER = "01990000-0000-7000-8000-0000000000f1"


async def test_a_seeded_account_is_announced_once(
    settings: AuthSettings, engines: Engines, engine: AsyncEngine
) -> None:
    prefix = await engines.topic_prefix(["auth.events"])
    service = bootstrap(settings.model_copy(update={"run": frozenset({"api", "relay"})}))
    async with service.app.router.lifespan_context(service.app):
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE outbox SET topic = :p || topic"), {"p": prefix})
        running = [asyncio.create_task(part.run()) for part in service.components]
        events = await _read(engines.kafka_bootstrap, f"{prefix}auth.events", 5)
        await asyncio.gather(*(part.stop() for part in service.components))
        await asyncio.gather(*running)
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM outbox"))).scalar() == 0
    by_subject = {event.subject: event for event in events}
    assert len(by_subject) == 5
    assert by_subject[CUSTOMER].data["email"] == "customer@souk.example"


async def _read(bootstrap_servers: str, topic: str, count: int) -> list[Event]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [Event.from_json((await consumer.getone()).value) for _ in range(count)]
    finally:
        await consumer.stop()


async def test_a_process_runs_only_the_parts_that_it_is_told_to(settings: AuthSettings) -> None:
    workers = ["auth-attic", "auth-purge", "auth-wakeup", "auth-mails"]
    workers += ["auth-revocations", "auth-key-rotation", "auth-reseal"]
    for parts, names in (("api", ["auth-keys"]), ("relay", ["auth-relay"]), ("workers", workers)):
        told = settings.model_copy(update={"run": frozenset({parts})})
        assert [component.name for component in bootstrap(told).components] == names
