"""Ready answers kept for a while, and forgotten when an event says that they are out of date.

The API reads through `remembered`; use cases and consumers call `forget`. Each answer stands
under a topic, and a topic has an epoch: an answer counts only while the epoch under which it was
made is the topic's. So a slow reader cannot put back what was forgotten while it read.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Protocol

LISTS = "lists"


def product_topic(slug: str) -> str:
    """Returns the topic of one product's answers."""
    return f"product:{slug}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A body as it is sent, with the header fields that belong to it."""

    body: bytes
    etag: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Recollection:
    """What the cache has: perhaps an answer, and the topic's epoch (None while it is down)."""

    answer: Answer | None
    epoch: str | None


class CacheDown(ConnectionError):
    """The cache is out of reach; a reader does without, an invalidation is tried again."""


class ReadCache(Protocol):
    """A cache of answers by key. Only `forget` ever raises, and only CacheDown."""

    async def recall(self, key: str, topic: str) -> Recollection:
        """Returns what is there, or an empty recollection while the cache is down."""

    async def keep(self, key: str, epoch: str, answer: Answer) -> None:
        """Keeps an answer that was made after `epoch` was read."""

    async def forget(self, topics: Collection[str]) -> None:
        """Begins a new epoch for each topic; raises CacheDown."""


async def remembered(
    cache: ReadCache, key: str, topic: str, make: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Returns the kept answer, or makes and keeps it. Whatever `make` raises is not kept."""
    recollection = await cache.recall(key, topic)
    if recollection.answer is not None:
        return recollection.answer
    answer = await make()
    if recollection.epoch is not None:
        await cache.keep(key, recollection.epoch, answer)
    return answer


async def forget_products(cache: ReadCache, slugs: Collection[str]) -> None:
    """Forgets these products' answers and all lists; raises CacheDown."""
    if slugs:
        await cache.forget([LISTS, *(product_topic(slug) for slug in sorted(slugs))])
