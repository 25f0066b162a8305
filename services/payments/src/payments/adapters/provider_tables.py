"""The simulated provider's own memory: what it was asked, its charges, and what it will post to us.

No other module reads these tables and no foreign key leads to them: a real provider keeps its
books in another building.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    false,
    text,
)

from payments.adapters.tables import metadata

provider_requests = Table(
    "provider_requests",
    metadata,
    Column("key", Uuid, primary_key=True),
    Column("reference", Text),
    Column("declined", Text),
)

# A charge with `decides_at` in the future is still processing; `declined` is what it will be then.
provider_charges = Table(
    "provider_charges",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("authorised", BigInteger, nullable=False),
    Column("captured", BigInteger, nullable=False, server_default="0"),
    Column("refunded", BigInteger, nullable=False, server_default="0"),
    Column("closed", Boolean, nullable=False, server_default=false()),
    Column("decides_at", DateTime(timezone=True)),
    Column("declined", Text),
    CheckConstraint("captured <= authorised AND refunded <= captured", name="provider_adds_up"),
)

provider_webhooks = Table(
    "provider_webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("delivered_at", DateTime(timezone=True)),
    Index("provider_webhooks_due", "due_at", postgresql_where=text("delivered_at IS NULL")),
)
