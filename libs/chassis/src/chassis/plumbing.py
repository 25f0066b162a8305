"""The tables that every SQL service keeps for its messages: outbox, inbox, idempotency keys.

A service adds them to its own MetaData and its own migrations; nothing here is shared at run
time, because each service has a database of its own.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.schema import CreateIndex, CreateTable, DropIndex

OUTBOX_CHANNEL = "outbox"

# One wake-up for each statement; PostgreSQL folds equal ones of a transaction into one.
_WAKE_FUNCTION = f"""
CREATE FUNCTION wake_relay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NOTIFY {OUTBOX_CHANNEL}; RETURN NULL; END $$
"""
_WAKE_TRIGGER = """
CREATE TRIGGER outbox_wakes_relay AFTER INSERT ON outbox
FOR EACH STATEMENT EXECUTE FUNCTION wake_relay()
"""


def _now() -> Column[object]:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


class Plumbing:
    """The three tables, registered on the service's MetaData."""

    def __init__(self, metadata: MetaData) -> None:
        self.outbox = Table(
            "outbox",
            metadata,
            Column("id", BigInteger, Identity(), primary_key=True),
            Column("topic", Text, nullable=False),
            Column("key", Text, nullable=False),
            Column("payload", LargeBinary, nullable=False),
            Column("traceparent", Text),
            _now(),
        )
        self.inbox = Table(
            "inbox",
            metadata,
            Column("consumer", Text, primary_key=True),
            Column("event_id", Uuid, primary_key=True),
            _now(),
            Index("inbox_by_age", "created_at"),
        )
        self.idempotency_keys = Table(
            "idempotency_keys",
            metadata,
            Column("scope", Text, primary_key=True),
            Column("key", Text, primary_key=True),
            Column("fingerprint", Text, nullable=False),
            Column("status", Integer, nullable=False),
            Column("location", Text),
            _now(),
            Index("idempotency_keys_by_age", "created_at"),
        )


def create_plumbing() -> None:
    """Creates the tables and the outbox's trigger; called by a service's first migration.

    The indexes came later: `index_plumbing` makes them.
    """
    from alembic import op  # Only migrations need it, and it is large.

    for table in _tables():
        op.execute(CreateTable(table))
    op.execute(_WAKE_FUNCTION)
    op.execute(_WAKE_TRIGGER)


def drop_plumbing() -> None:
    """Undoes `create_plumbing`."""
    from alembic import op

    for table in _tables():
        op.drop_table(table.name)
    op.execute("DROP FUNCTION wake_relay")


def index_plumbing() -> None:
    """Creates the indexes by which `purge` finds what is old; for a later migration."""
    from alembic import op

    for index in _indexes():
        op.execute(CreateIndex(index))


def unindex_plumbing() -> None:
    """Undoes `index_plumbing`."""
    from alembic import op

    for index in _indexes():
        op.execute(DropIndex(index))


def _tables() -> list[Table]:
    metadata = MetaData()
    Plumbing(metadata)
    return metadata.sorted_tables


def _indexes() -> list[Index]:
    return [index for table in _tables() for index in table.indexes]
