"""The catalogue's availability a second time (I10): its own handler over a store in memory.

In the documents it is one number by SKU, so that is all that is kept. `gather` hands over the
messages and compares.
"""

from collections.abc import Mapping, Sequence

from catalog.adapters.documents import stock_word
from catalog.consumers.inventory_events import TOPIC, AvailabilityBatch, handlers
from chassis.delivery import Delivery
from native.verify.documents import Documents
from native.verify.rebuild import deliver
from native.verify.topic_reader import Heard


class _Batch(AvailabilityBatch):
    """A batch of news that ends in a dictionary instead of documents and a cache."""

    def __init__(self, words: dict[str, int]) -> None:
        self.news = []
        self._words = words

    async def commit(self) -> None:
        """The later word is the larger one."""
        for item in self.news:
            word = stock_word(item.sequence, in_stock=item.in_stock)
            self._words[item.sku] = max(word, self._words.get(item.sku, 0))


class Availability:
    """The newest word about each SKU, as the topic tells it."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}
        self._delivery = Delivery("verify-catalog", handlers(), lambda: _Batch(self._words))

    async def take(self, heard: Sequence[Heard]) -> None:
        """Takes the next messages of a partition."""
        batch = [h.message for h in heard if h.event is not None and h.message.topic == TOPIC]
        if batch:
            await deliver(self._delivery, batch)

    def rows(self, documents: Documents) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The live rows and the rebuilt ones, of the SKUs that a product has now."""
        skus = sorted(documents.skus)
        live = {sku: str(documents.stock[sku]) for sku in skus if sku in documents.stock}
        rebuilt = {sku: str(self._words[sku]) for sku in skus if sku in self._words}
        return live, rebuilt
