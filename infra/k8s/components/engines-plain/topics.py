"""Makes the topics that are missing; the Job `topics` runs it in the image of a service, which has a client.

The broker makes none by accident. Events are kept without limit, so that every read model can be rebuilt.
"""

import asyncio
import os

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS = 3
EVENTS = ("auth", "catalog", "inventory", "orders", "payments", "notifications", "audit")
COMMANDS = ("inventory", "payments")
WEEK_MS = 7 * 24 * 3600 * 1000


def topics() -> list[NewTopic]:
    """Every topic, and where its messages go that nobody could handle."""
    kept = {f"{owner}.events": -1 for owner in EVENTS}
    kept |= {f"{owner}.commands": WEEK_MS for owner in COMMANDS}
    live = [NewTopic(n, PARTITIONS, 1, topic_configs={"retention.ms": str(ms)}) for n, ms in kept.items()]
    dead = [NewTopic(f"{n}.dlq", 1, 1, topic_configs={"retention.ms": "-1"}) for n in kept]
    return live + dead


async def main() -> None:
    """Ends well when all are there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=os.environ["SOUK_KAFKA_BOOTSTRAP"])
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = [topic for topic in topics() if topic.name not in there]
        if missing:
            await admin.create_topics(missing)
    finally:
        await admin.close()


if __name__ == "__main__":
    asyncio.run(main())
