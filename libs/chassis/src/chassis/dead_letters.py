"""The topic beside each topic where messages wait that no attempt could handle.

The consumer puts them there with the reason in the headers; `./souk dlq` lists and replays them.
"""

from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from chassis.delivery import Message
from chassis.producer import EventProducer, Outgoing

DEAD_LETTER_SUFFIX = ".dlq"
_LONGEST_REASON = 2_000


class DeadLetters:
    """A producer that connects at the first dead letter, since most processes never need it."""

    def __init__(self, bootstrap: str, consumer: str) -> None:
        self._bootstrap = bootstrap
        self._consumer = consumer
        self._producer: EventProducer | None = None

    async def put(self, message: Message, error: Exception) -> None:
        """Returns once the dead letter is acknowledged; raises KafkaError while it cannot be."""
        if self._producer is None:
            producer = EventProducer(self._bootstrap, client_id=f"{self._consumer}-dlq")
            await producer.start()
            self._producer = producer
        try:
            await self._send(self._producer, message, error)
        except KafkaError:
            await self.stop()
            raise

    async def _send(self, producer: EventProducer, message: Message, error: Exception) -> None:
        """What is too large with its reason beside it is cut, or it would hold up all behind it."""
        kept = len(message.value)
        while True:
            try:
                await producer.send_all([self._outgoing(message, error, kept)])
            except MessageSizeTooLargeError:
                if not kept:
                    raise
                kept //= 2
            else:
                return

    async def stop(self) -> None:
        """Closes the producer, if there is one."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.stop()

    def _outgoing(self, message: Message, error: Exception, kept: int) -> Outgoing:
        reason = f"{type(error).__name__}: {error}"[:_LONGEST_REASON]
        if kept < len(message.value):
            reason = f"cut from {len(message.value)} bytes; {reason}"
        headers = {
            "x-consumer": self._consumer,
            "x-reason": reason,
            "x-topic": message.topic,
            "x-partition": str(message.partition),
            "x-offset": str(message.offset),
        }
        if message.traceparent:
            headers["traceparent"] = message.traceparent
        return Outgoing(
            topic=message.topic + DEAD_LETTER_SUFFIX,
            key=message.key.decode("utf-8", "replace"),
            value=message.value[:kept],
            headers=tuple((name, value.encode()) for name, value in headers.items()),
        )
