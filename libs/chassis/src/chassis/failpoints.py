"""Named places at which a test may kill, fail or delay a process: around all that leaves a mark.

Code says `await failpoints.hit("relay.after_publish")`; unless `arm` was called that is one call
which does nothing. A process arms what `SOUK_FAILPOINTS` says when it starts, never in production.
"""

import asyncio
import os
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from chassis.logs import get_logger

# Every name there is, and where a process stands when it comes by.
POINTS: Mapping[str, str] = {
    "transaction.before_commit": "all of it is written, nothing is durable",
    "transaction.after_commit": "durable, and nobody was told",
    "upkeep.before_commit": "housekeeping is about to be durable: a purge, a lease, a report",
    "upkeep.after_commit": "it is durable, and nobody went on with it",
    "document.before_write": "a document with its events is about to be written",
    "document.after_write": "the document is durable, and nobody was told",
    "relay.before_publish": "the outbox is read, nothing is sent",
    "producer.before_acknowledgement": "sent, and perhaps taken by the broker",
    "relay.after_publish": "the broker has it, the outbox has it still",
    "relay.after_delete": "the outbox has forgotten it",
    "consumer.after_fetch": "messages have come, nothing is done about them",
    "consumer.before_offset_commit": "their effects are durable, the broker does not know",
    "consumer.after_offset_commit": "the broker knows",
    "consumer.before_dead_letter": "a message is given up, and is nowhere yet",
    "consumer.after_dead_letter": "it is in the dead letters, and in its topic still",
    "mail.before_send": "a mail is claimed and rendered",
    "mail.after_send": "the mail server said 250, we have not written it down",
    "provider.before_call": "an operation is claimed, the provider knows nothing of it",
    "provider.after_call": "the provider did it, we have not written it down",
    "webhook.before_post": "a message is claimed and signed, the endpoint knows nothing of it",
    "webhook.after_post": "the endpoint answered, we have not written it down",
}
CRASHED = 137
"""The status of a process that a failpoint ended, as if it had got SIGKILL."""

_CLAUSE = re.compile(r"([a-z._*]+)=(crash|error|note|sleep:\d+)(?:@([1-9]\d*))?")

log = get_logger(__name__)


class Fault(TimeoutError):
    """What the action `error` raises: a fault of the infrastructure, like any time-out."""


@dataclass(frozen=True, slots=True)
class Action:
    """`crash`, `error`, `note` or `sleep:<milliseconds>`; `at` is the one hit that it is for."""

    word: str
    at: int | None = None


def parse(text: str) -> dict[str, Action]:
    """Reads `relay.after_publish=crash@3,mail.after_send=sleep:500`; `*` is every point.

    Raises ValueError for a name that is not in POINTS and for an action that there is not.
    """
    actions: dict[str, Action] = {}
    for clause in filter(None, (part.strip() for part in text.split(","))):
        match = _CLAUSE.fullmatch(clause)
        if match is None or (match[1] != "*" and match[1] not in POINTS):
            raise ValueError(f"no failpoint: {clause}")
        names = POINTS if match[1] == "*" else (match[1],)
        actions |= dict.fromkeys(names, Action(match[2], int(match[3]) if match[3] else None))
    return actions


async def _pass_by(_name: str) -> None:
    """Nothing is armed."""


hit: Callable[[str], Awaitable[None]] = _pass_by


def arm(actions: Mapping[str, Action]) -> None:
    """Has the points act from now on; with no actions they are off, as they are at first."""
    global hit
    hit = _Armed(actions) if actions else _pass_by


class _Armed:
    """Counts who comes by and acts when it is time."""

    def __init__(self, actions: Mapping[str, Action]) -> None:
        self._actions = actions
        self._hits: Counter[str] = Counter()

    async def __call__(self, name: str) -> None:
        if name not in POINTS:
            raise KeyError(name)
        self._hits[name] += 1
        action = self._actions.get(name)
        if action is not None and action.at in (None, self._hits[name]):
            await _act(action.word, name, self._hits[name])


async def _act(word: str, name: str, hits: int) -> None:
    if word == "note":
        if hits == 1:
            log.info("failpoint", name=name)
    elif word == "crash":
        print(f"failpoint {name}: crash", file=sys.stderr, flush=True)  # noqa: T201
        os._exit(CRASHED)
    elif word == "error":
        raise Fault(f"failpoint {name}")
    else:
        await asyncio.sleep(int(word.partition(":")[2]) / 1000)
