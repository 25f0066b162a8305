"""The Kafka topics of the shop, made by `up` because the broker makes none by accident.

Event topics are kept without limit, so that every read model can be rebuilt; dead letters too,
since only a person decides about them. Commands are kept for a week.
"""

from collections.abc import Iterable

PARTITIONS = 3
EVENTS = ("auth", "catalog", "inventory", "orders", "payments", "notifications", "audit")
COMMANDS = ("inventory", "payments")
WEEK_MS = 7 * 24 * 3600 * 1000


def names() -> list[str]:
    """Every topic, dead-letter topics included."""
    topics = [f"{owner}.events" for owner in EVENTS] + [f"{owner}.commands" for owner in COMMANDS]
    return topics + [f"{topic}.dlq" for topic in topics]


async def create(bootstrap: str, wanted: Iterable[str]) -> list[str]:
    """Make the topics that are missing and give their names."""
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        there = set(await admin.list_topics())
        missing = [name for name in wanted if name not in there]
        new = [NewTopic(name, _partitions(name), 1, topic_configs=_keep(name)) for name in missing]
        if new:
            await admin.create_topics(new)
    finally:
        await admin.close()
    return missing


def _partitions(name: str) -> int:
    return 1 if name.endswith(".dlq") else PARTITIONS


def _keep(name: str) -> dict[str, str]:
    return {"retention.ms": str(WEEK_MS if name.endswith(".commands") else -1)}
