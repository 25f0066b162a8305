"""I5: one effect for each consumer and event: neither none nor two.

An inbox row says that a consumer took an event in; what it did about it names the event as its
cause. `gather` loads the inboxes first and then hands over every message of the topics.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from chassis.envelope import Event
from native.verify.findings import Findings
from native.verify.invariants.sequences import UNNUMBERED, author_of

_LOW_64_BITS = (1 << 64) - 1
# Of messages that a consumer did not handle, before any of that type that it did.
_REMEMBERED = 200

# A consumer and a type of event.
_Kind = tuple[str, str]


def mark(event_id: UUID) -> int:
    """The random half of a UUIDv7: enough to tell events apart, in a third of the memory."""
    return event_id.int & _LOW_64_BITS


class Effects:
    """`inboxes` has the marks that each consumer has seen. Events before `since` are not judged:
    inboxes forget after a month.
    """

    def __init__(self, inboxes: Mapping[str, Iterable[int]], since: datetime) -> None:
        self._found = Findings("I5", "one effect for each consumer and event")
        self._since = since
        # Each mark, and whether the topics have it.
        self._inboxes = {name: dict.fromkeys(marks, False) for name, marks in inboxes.items()}
        self._handled_since: dict[_Kind, datetime] = {}
        self._perhaps_missed: defaultdict[_Kind, deque[tuple[datetime, str, UUID]]] = defaultdict(
            lambda: deque(maxlen=_REMEMBERED)
        )
        self._answers: dict[int, int] = {}
        for seen in self._inboxes.values():
            self._found.count("inbox rows", len(seen))

    def take(self, topic: str, event: Event) -> None:
        """Takes the next message of a topic."""
        if event.source == author_of(topic) or topic in UNNUMBERED:
            self._must_be_seen(topic, event)
            self._must_be_the_only_answer(topic, event)
        else:
            self._is_there(event)

    def _is_there(self, event: Event) -> None:
        """Who puts a message on our topics may be nobody of ours, and be handled all the same."""
        for seen in self._inboxes.values():
            if mark(event.id) in seen:
                seen[mark(event.id)] = True

    def _must_be_seen(self, topic: str, event: Event) -> None:
        """A consumer handles a type of event from the first of them that it handled on."""
        for consumer, seen in self._inboxes.items():
            kind = (consumer, event.type)
            first = self._handled_since.get(kind)
            if mark(event.id) in seen:
                seen[mark(event.id)] = True
                self._handled_since[kind] = min(first or event.time, event.time)
            elif first is None or event.time < first:
                # Topics are read partition by partition: an earlier one may be handled yet.
                self._perhaps_missed[kind].append((event.time, topic, event.id))
            else:
                self._missed(kind, event.time, topic, event.id)

    def _missed(self, kind: _Kind, time: datetime, topic: str, event_id: UUID) -> None:
        if time >= self._since:
            about = f"{kind[0]}, {kind[1]} {event_id}"
            self._found.fault("no effect", about, f"{topic} has it, the inbox does not")

    def _must_be_the_only_answer(self, topic: str, event: Event) -> None:
        """Whoever takes a message in once says each thing about it once."""
        if event.causation_id is None or topic in UNNUMBERED:
            return
        self._found.count("answers")
        said = hash((event.source, event.causation_id, event.type, event.subject))
        if self._answers.setdefault(said, mark(event.id)) != mark(event.id):
            found = f"event {event.id} is not the first of {event.source} about {event.subject}"
            about = f"{event.type} for message {event.causation_id}"
            self._found.fault("two effects", about, found)

    def rows(self, table: str, total: int, repeated: Mapping[str, int]) -> None:
        """A table whose rows have causes: how many there are, and the causes with several."""
        self._found.count(table, total)
        for cause, number in repeated.items():
            self._found.fault("two effects", f"{table} {cause}", f"{number} rows")

    def finish(self, cut: bool) -> Findings:
        """With `cut` the broker has deleted messages that an inbox may still remember."""
        for kind, first in self._handled_since.items():
            for time, topic, event_id in self._perhaps_missed[kind]:
                if time >= first:
                    self._missed(kind, time, topic, event_id)
        for consumer, seen in self._inboxes.items():
            lost = [each for each, there in seen.items() if not there]
            if lost and not cut:
                found = f"{len(lost)} messages that it handled are on no topic"
                found += f"; an id ends with {lost[0]:016x}"
                self._found.fault("message lost", consumer, found)
        return self._found
