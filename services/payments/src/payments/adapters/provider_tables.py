"""The simulated provider's own memory: what it was asked, and the charges it knows of.

No other module reads these tables and no foreign key leads to them: a real provider keeps its
books in another building.
"""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Table, Text, Uuid, false

from payments.adapters.tables import metadata

provider_requests = Table(
    "provider_requests",
    metadata,
    Column("key", Uuid, primary_key=True),
    Column("reference", Text),
    Column("declined", Text),
)

provider_charges = Table(
    "provider_charges",
    metadata,
    Column("reference", Text, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("authorised", BigInteger, nullable=False),
    Column("captured", BigInteger, nullable=False, server_default="0"),
    Column("refunded", BigInteger, nullable=False, server_default="0"),
    Column("closed", Boolean, nullable=False, server_default=false()),
    CheckConstraint("captured <= authorised AND refunded <= captured", name="provider_adds_up"),
)
