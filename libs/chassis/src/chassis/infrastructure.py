"""Tells a fault of the infrastructure from a fault of the message or of the request.

The consumer retries the first kind without end and sends the second to the dead letters; the
HTTP edge answers the first with 503 and Retry-After.
"""

import sys

from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Classes of SQLSTATE that say "not now": connection, resources, operator, system, rollback.
_TRANSIENT_SQLSTATES = ("08", "53", "57", "58", "40")

# Libraries that only some services have; looked up only where they were imported.
_OPTIONAL = {
    "redis.exceptions": ("ConnectionError", "TimeoutError", "ReadOnlyError"),
    "pymongo.errors": ("AutoReconnect", "ConnectionFailure", "ExecutionTimeout"),
}


def is_infrastructure(error: BaseException) -> bool:
    """True for errors that pass by themselves once the database, broker or network is back."""
    if isinstance(error, OSError | TimeoutError | EOFError | KafkaError | PoolTimeout):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _transient(error.orig)
    return _transient(error) or isinstance(error, _optional_types())


def _transient(error: BaseException | None) -> bool:
    """asyncpg's errors carry their SQLSTATE; its client-side ones say so in their name."""
    sqlstate = getattr(error, "sqlstate", None)
    if isinstance(sqlstate, str):
        return sqlstate.startswith(_TRANSIENT_SQLSTATES)
    cause = getattr(error, "__cause__", None)
    return isinstance(cause, OSError | TimeoutError) or type(error).__name__ == "InterfaceError"


def _optional_types() -> tuple[type[BaseException], ...]:
    return tuple(
        getattr(sys.modules[module], name)
        for module, names in _OPTIONAL.items()
        if module in sys.modules
        for name in names
    )
