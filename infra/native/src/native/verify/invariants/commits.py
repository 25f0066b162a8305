"""I4: no event without its commit, no commit without its event, and nothing left in an outbox.

What a store says of an aggregate's version is held against the highest number of its events,
published or still waiting in an outbox. `gather` reads the stores, `sequences` the topics.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from native.verify.findings import Findings


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store says of its aggregates: `versions` by the subject of their events."""

    kind: str
    stream: str
    versions: Mapping[str, int]
    # A version that also counts changes which nobody is told of: then only the first is an event.
    silent_changes: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of an outbox: what it is about, and for how many seconds it has waited."""

    store: str
    stream: str
    subject: str
    sequence: int
    type: str
    age_s: float


def check_commits(
    stored: Iterable[Stored],
    published: Mapping[str, Mapping[str, int]],
    waiting: Iterable[Waiting],
    *,
    limit_s: float | None,
    cut: frozenset[str] = frozenset(),
) -> Findings:
    """`published` has the highest numbers by stream and subject.

    An outbox row may be `limit_s` seconds old; None for a stopped stack, where none can leave.
    `cut` are the streams whose oldest messages the broker deleted: theirs may be missing.
    """
    found = Findings("I4", "every commit has its event, every event its commit")
    highest = {stream: dict(subjects) for stream, subjects in published.items()}
    for row in waiting:
        found.count("outbox rows")
        _wait(row, limit_s, found)
        known = highest.setdefault(row.stream, {})
        known[row.subject] = max(known.get(row.subject, 0), row.sequence)
    claimed: dict[str, set[str]] = {}
    if limit_s is None and found.checked["outbox rows"]:
        found.note("what waits in the outboxes of a stopped stack counts as published")
    for store in stored:
        _compare(store, highest.get(store.stream, {}), store.stream in cut, found)
        claimed.setdefault(store.stream, set()).update(store.versions)
    for stream, subjects in claimed.items():
        for subject in highest.get(stream, {}).keys() - subjects:
            found.fault("event without a commit", f"{stream} {subject}", "no store knows it")
    return found


def _wait(row: Waiting, limit_s: float | None, found: Findings) -> None:
    if limit_s is not None and row.age_s > limit_s:
        about = f"{row.store} {row.type} {row.subject}"
        found.fault("outbox not empty", about, f"has waited for {row.age_s:.0f} s")


def _compare(store: Stored, highest: Mapping[str, int], cut: bool, found: Findings) -> None:
    for subject, version in store.versions.items():
        found.count(store.kind)
        number = highest.get(subject, 0)
        about = f"{store.kind} {subject}"
        if number > version:
            told = f"event {number} is published, version {version} is stored"
            found.fault("event without a commit", about, told)
        elif number < (min(version, 1) if store.silent_changes else version):
            if cut and not number:
                continue
            told = f"version {version} is stored, event {number} is the last published"
            found.fault("commit without an event", about, told)
