"""Listens to what is sent to the database, for tests that count round trips."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that any connection executes meanwhile, with BEGINs and COMMITs."""
    seen: list[str] = []

    def executed(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(" ".join(statement.split())[:40])

    def began(connection: Any) -> None:
        # Without transactions nothing is sent.
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            seen.append("BEGIN")

    def committed(_c: Any) -> None:
        seen.append("COMMIT")

    listeners: dict[str, Callable[..., Any]] = {
        "before_cursor_execute": executed,
        "begin": began,
        "commit": committed,
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    yield seen
    for name, listener in listeners.items():
        event.remove(Engine, name, listener)
