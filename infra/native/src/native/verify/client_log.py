"""The client log: what callers of the shop asked for and saw, one JSON object a line.

Whoever drives load writes it (`ClientLog`), and `./souk verify --clients FILE` judges by it what
the shop promised to callers (I3, I8, I9). Here alone the format is known.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from native.errors import StackError


class BadClientLog(StackError):
    """A line is no call; the text names the line."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as its client saw it: one line for each attempt, retries included.

    operation: the operationId in the API's document, as `place_order`.
    status: the HTTP status; None when no answer came, and then `error` says why not.
    idempotency_key: what was sent as Idempotency-Key; two callers may use the same one.
    caller: who asked, such as the account's e-mail; None for a stranger.
    order_id: the order that the answer (its Location or body) speaks of.
    retry_after: the header as sent; elapsed_s: from sending to the end of the answer or the error.
    forbidden: the rights table forbids this caller this call, so that a 2xx breaks I9.
    causes: the statuses from 400 to 499 that the request may bring upon itself, such as 412 for an
    ETag that others made old; None where nobody wrote them down.
    retried_ok: no answer came, and a later attempt with the same key, or of a request that may be
    sent again as it is, was answered.
    at: seconds since the epoch when it was sent; 0 where nobody wrote it down.
    """

    operation: str
    method: str
    path: str
    idempotency_key: str | None = None
    caller: str | None = None
    order_id: str | None = None
    status: int | None = None
    retry_after: str | None = None
    elapsed_s: float = 0.0
    error: str | None = None
    forbidden: bool = False
    retried_ok: bool = False
    at: float = 0.0
    causes: Sequence[int] | None = None


class ClientLog:
    """Appends calls to a file; a context manager. A line is written whole and at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self.count = 0

    def __enter__(self) -> Self:
        self._file = self._path.open("a", buffering=1, encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()

    def write(self, call: Call) -> None:
        """Appends one call."""
        if self._file is None:
            raise RuntimeError("a client log is written within `with`")
        self._file.write(json.dumps(asdict(call), separators=(",", ":")) + "\n")
        self.count += 1


def read(path: Path) -> Iterator[Call]:
    """Yields the calls of a log line by line; raises BadClientLog for what is none."""
    try:
        with path.open(encoding="utf-8") as lines:
            yield from _calls(lines, path)
    except OSError as error:
        raise BadClientLog(f"{path}: {error.strerror}") from None


def _calls(lines: Iterable[str], path: Path) -> Iterator[Call]:
    known = {field.name for field in fields(Call)}
    for number, line in enumerate(lines, 1):
        try:
            values = json.loads(line)
            call = Call(**{name: value for name, value in values.items() if name in known})
        except (ValueError, TypeError, AttributeError):
            raise BadClientLog(f"{path}, line {number}: not a call of a client") from None
        yield call
