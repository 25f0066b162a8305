"""I6: by first appearance, each aggregate's events are in order and without a gap.

`gather` hands every message over as it reads the topics. A second appearance of an event is a
relay's or the broker's repetition and allowed; another event with a number that is taken is not.
Commands are numbered by their order's saga over both of their topics.
"""

from array import array
from collections import defaultdict
from collections.abc import Mapping

from chassis.envelope import Event
from native.verify.findings import Findings

COMMANDS = "commands"
# An entry of the audit trail is nobody's version.
UNNUMBERED = frozenset({"audit.events"})
_LOW_64_BITS = (1 << 64) - 1
# A number this far ahead is no gap but nonsense, and not worth the memory of its gap.
_FARTHEST_AHEAD = 100_000


def stream_of(topic: str) -> str:
    """The numbering that a topic's messages belong to."""
    return COMMANDS if topic.endswith(".commands") else topic


def author_of(topic: str) -> str:
    """The source that the shop's own messages of a topic name; what others put there is theirs."""
    return "/services/orders" if topic.endswith(".commands") else f"/services/{topic.split('.')[0]}"


class Sequences:
    """Every numbered message: eight bytes each, by aggregate."""

    def __init__(self) -> None:
        self._found = Findings("I6", "events of an aggregate in order, without a gap")
        self._ids: dict[str, dict[str, array[int]]] = defaultdict(dict)
        self._last: dict[str, dict[str, int]] = defaultdict(dict)

    def take(self, topic: str, event: Event) -> None:
        """Takes the next message of a topic; one whose author is somebody else is passed over."""
        if topic in UNNUMBERED or event.source != author_of(topic):
            return
        self._found.count("messages")
        ids = self._ids[stream_of(topic)].setdefault(event.subject, array("Q"))
        ahead = event.sequence - len(ids)
        if event.sequence < 1 or ahead > _FARTHEST_AHEAD:
            self._found.fault("number out of range", _name(topic, event), f"{event.sequence}")
            return
        ids.extend([0] * max(0, ahead))
        self._place(topic, event, ids)

    def _place(self, topic: str, event: Event, ids: "array[int]") -> None:
        mark = event.id.int & _LOW_64_BITS
        there = ids[event.sequence - 1]
        if there == mark:
            self._found.count("repetitions")
            return
        if there:
            found = f"event {event.id} has the number of an earlier one"
            self._found.fault("number taken twice", _name(topic, event), found)
            return
        ids[event.sequence - 1] = mark
        last = self._last[topic].get(event.subject, 0)
        if event.sequence < last:
            found = f"event {event.id} first came after number {last}"
            self._found.fault("out of order", _name(topic, event), found)
        self._last[topic][event.subject] = max(last, event.sequence)

    def highest(self, stream: str) -> Mapping[str, int]:
        """The highest number on the stream's topics, by aggregate."""
        return {subject: len(ids) for subject, ids in self._ids[stream].items()}

    def finish(self, cut: frozenset[str]) -> Findings:
        """Looks for gaps; of a stream in `cut`, the broker has deleted what came first."""
        begun_later = {stream_of(topic) for topic in cut}
        for stream, aggregates in self._ids.items():
            self._found.count("aggregates", len(aggregates))
            for subject, ids in aggregates.items():
                if 0 in ids:
                    self._gap(stream, subject, ids, stream in begun_later)
        return self._found

    def _gap(self, stream: str, subject: str, ids: "array[int]", begun_later: bool) -> None:
        missing = [number for number, mark in enumerate(ids, 1) if not mark]
        if begun_later:
            first = next(number for number, mark in enumerate(ids, 1) if mark)
            missing = [number for number in missing if number > first]
        if missing:
            named = ", ".join(map(str, missing[:5])) + (" …" if len(missing) > 5 else "")
            self._found.fault("gap", f"{stream} {subject}", f"number {named} never appeared")


def _name(topic: str, event: Event) -> str:
    return f"{topic} {event.subject} #{event.sequence}"
