"""The whole of `./souk verify`: opens the stack, lets it settle, reads it, and judges.

The command, `./souk chaos` and the tests call `verify`. A shop that goes on selling while it is
read is read again; what then still moves is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from native import topics
from native.place import Place
from native.progress import Progress
from native.verify import client_log
from native.verify.findings import Findings
from native.verify.gather import Gathered, gather
from native.verify.invariants.promises import Promises
from native.verify.settle import Rest, settle
from native.verify.standing import Standing, standing
from native.verify.topic_reader import extent_of

SETTLE_SECONDS = 60.0
_READINGS = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every invariant's findings, and what the shop was like when it was read."""

    findings: list[Findings]
    running: bool
    at_rest: bool
    settled_s: float
    unrest: str

    @property
    def violations(self) -> int:
        """All of them together."""
        return sum(found.violations for found in self.findings)

    def document(self) -> dict[str, Any]:
        """The verdict as one JSON object."""
        return {
            "violations": self.violations,
            "running": self.running,
            "at_rest": self.at_rest,
            "settled_s": round(self.settled_s, 1),
            "unrest": self.unrest,
            "invariants": [found.document() for found in self.findings],
        }


async def verify(
    place: Place,
    progress: Progress,
    *,
    clients: Path | None = None,
    settle_s: float = SETTLE_SECONDS,
) -> Verdict:
    """Judges the stack of a place, which may be running or stopped.

    Raises NoStack, or BadClientLog for a log that cannot be read.
    """
    async with standing(place, progress) as stack:
        rest = None
        if stack.running:
            with progress.step("Letting the shop settle"):
                rest = await settle(stack.record, settle_s, progress.note)
        with progress.step("Reading stores and topics"):
            gathered, at_rest = await _read(stack, place, progress)
    findings = gathered.findings + judge_calls(gathered, clients)
    if rest is not None and rest.late:
        _outbox_was_late(rest, findings)
    findings.sort(key=lambda found: int(found.name[1:]))
    return Verdict(
        findings,
        stack.running,
        at_rest,
        rest.seconds if rest else 0.0,
        str(rest.unrest) if rest and rest.unrest else "",
    )


async def _read(stack: Standing, place: Place, progress: Progress) -> tuple[Gathered, bool]:
    """Reads until nothing was published meanwhile, a few times at most."""
    before = await extent_of(stack.record.kafka_bootstrap, topics.names())
    for _ in range(_READINGS):
        gathered = await gather(stack, place, progress.note)
        after = await extent_of(stack.record.kafka_bootstrap, topics.names())
        if after == before:
            return gathered, True
        before = after
    return gathered, False


def judge_calls(gathered: Gathered, clients: Path | None) -> list[Findings]:
    """I3, and I8 and I9 where there is a log."""
    promises = Promises()
    for call in _calls(clients):
        gathered.orders.take(call)
        promises.take(call)
    return [gathered.orders.finish(), *(promises.finish() if clients else ())]


def _calls(clients: Path | None) -> Iterable[client_log.Call]:
    return client_log.read(clients) if clients else ()


def _outbox_was_late(rest: Rest, findings: Iterable[Findings]) -> None:
    for found in findings:
        if found.name == "I4":
            text = f"{rest.late} events half a minute after the shop was whole"
            found.fault("outbox not empty in time", "all outboxes", text)
