"""The tables of payments, as SQLAlchemy Core sees them; `migrations/` creates them.

Amounts are minor units. The provider's tables are in `provider_tables.py`, because they belong
to somebody else who only happens to live in the same database.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
    true,
)

from chassis.plumbing import Plumbing

metadata = MetaData()
plumbing = Plumbing(metadata)

payments = Table(
    "payments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("amount", BigInteger),
    Column("currency", Text),
    Column("captured", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("reference", Text),
    Column("decline_reason", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("order_id", name="one_payment_an_order"),
    CheckConstraint("0 <= refunded AND refunded <= captured", name="refunded_is_captured"),
    CheckConstraint("captured <= coalesce(amount, 0)", name="captured_is_authorised"),
)

operations = Table(
    "operations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(), nullable=False),
    Column("payment_id", Uuid, ForeignKey("payments.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("amount", BigInteger),
    Column("currency", Text),
    Column("payment_token", Text),
    Column("subject_id", Uuid),
    Column("final", Boolean, nullable=False, server_default=true()),
    Column("reference", Text),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Text),
    Column("traceparent", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failure", Text),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ended_at", DateTime(timezone=True)),
    Index("operations_of_a_payment", "payment_id", "number"),
    Index(
        "operations_waiting_of_a_payment",
        "payment_id",
        "number",
        postgresql_where=text("stage = 'waiting'"),
    ),
    Index("operations_due", "due_at", postgresql_where=text("stage = 'waiting'")),
    # One capture for a shipment and one refund for a refund id, whatever the code does.
    Index(
        "one_operation_a_subject",
        "payment_id",
        "kind",
        "subject_id",
        unique=True,
        postgresql_where=text("subject_id IS NOT NULL"),
    ),
)

ledger_postings = Table(
    "ledger_postings",
    metadata,
    # A posting has the id of its operation, so an operation can post only once.
    Column("id", Uuid, ForeignKey("operations.id"), primary_key=True),
    Column("payment_id", Uuid, ForeignKey("payments.id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("posted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("posting_id", Uuid, ForeignKey("ledger_postings.id"), primary_key=True),
    Column("account", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ended_at", DateTime(timezone=True)),
    *(
        Column(name, Integer, nullable=False, server_default="0")
        for name in ("charges", "payments", "in_flight", "differences")
    ),
)

reconciliation_differences = Table(
    "reconciliation_differences",
    metadata,
    Column("reconciliation_id", Uuid, ForeignKey("reconciliations.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("payment_id", Uuid),
    Column("order_id", Uuid),
    Column("ours", Text),
    Column("theirs", Text),
)
