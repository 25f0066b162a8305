"""Tells a fault of the infrastructure from a fault of the message or of the request.

The consumer retries the first kind without end and sends the second to the dead letters; the
HTTP edge answers the first with 503 and Retry-After.
"""

import sys
from typing import Any

# Classes of SQLSTATE that say "not now": connection, resources, operator, system, rollback.
_TRANSIENT_SQLSTATES = ("08", "53", "57", "58", "40")

# How Redis and Valkey refuse a write when their disk or their memory is full.
_REDIS_IS_FULL = ("MISCONF", "OOM")

# What uvloop raises, as a plain RuntimeError, for a write to a connection that ended meanwhile.
_CLOSED_ON_UVLOOP = "the handler is closed"

# Of asyncpg, and under the same name of SQLAlchemy.
_BY_NAME = ("InterfaceError", "InternalClientError")

# Libraries that only some services load; one that is not loaded can have raised nothing.
_LIBRARIES = {
    "aiokafka.errors": ("KafkaError",),
    "sqlalchemy.exc": ("TimeoutError",),
    "redis.exceptions": ("ConnectionError", "TimeoutError", "ReadOnlyError"),
    "pymongo.errors": ("AutoReconnect", "ConnectionFailure", "ExecutionTimeout"),
}


def is_infrastructure(error: BaseException) -> bool:
    """True for errors that pass by themselves once the database, broker or network is back."""
    if isinstance(error, OSError):
        # An error that names a file is a file of ours that is missing, and comes again every time.
        return error.filename is None
    if isinstance(error, EOFError):
        return True
    if isinstance(error, RuntimeError) and str(error).endswith(_CLOSED_ON_UVLOOP):
        return True
    if isinstance(error, _loaded("sqlalchemy.exc", ("DBAPIError",))):
        return bool(error.connection_invalidated) or _transient(error.orig)
    if isinstance(error, _loaded("redis.exceptions", ("ResponseError",))):
        return str(error).startswith(_REDIS_IS_FULL) or isinstance(error, _named())
    return isinstance(error, _named()) or _transient(error)


def _named() -> tuple[type[Any], ...]:
    return tuple(kind for item in _LIBRARIES.items() for kind in _loaded(*item))


def _transient(error: BaseException | None) -> bool:
    """asyncpg's errors carry their SQLSTATE; its client-side ones say so in their name.

    InternalClientError is what the next query meets after the server has said farewell.
    """
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        return sqlstate.startswith(_TRANSIENT_SQLSTATES)
    cause = getattr(error, "__cause__", None)
    return isinstance(cause, OSError | TimeoutError) or type(error).__name__ in _BY_NAME


def _loaded(module: str, names: tuple[str, ...]) -> tuple[type[Any], ...]:
    """The classes of a library, or none where it was never imported."""
    if module not in sys.modules:
        return ()
    return tuple(getattr(sys.modules[module], name) for name in names)
