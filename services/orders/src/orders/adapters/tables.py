"""The tables of this service's database; the migrations create them, the adapters query them.

The orders row changes at most twice in its life and the saga's row at every step, so they are
two tables. Nothing that changes in `orders` is in a B-tree, so its updates stay on their page.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.plumbing import Plumbing

metadata = MetaData()
plumbing = Plumbing(metadata)

orders = Table(
    "orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    # One order a cart, whatever a crash between database and cart store left behind.
    Column("cart_id", Uuid, nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reference", Text),
    Column("contact_email", Text),
    Column("contact_name", Text),
    Column("recipient", Text, nullable=False),
    Column("street", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("postcode", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("reason", Text),
    Column("shortages", JSONB),
    Column("cancelled_by", Text),
    Column("version", Integer, nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Index("orders_by_owner", "owner", "id"),
    Index("orders_by_reference", "reference", postgresql_where="reference IS NOT NULL"),
    # A BRIN index costs the update of a row nothing, and answers "changed since".
    Index("orders_by_change", "updated_at", postgresql_using="brin"),
)

order_lines = Table(
    "order_lines",
    metadata,
    Column("order_id", Uuid, ForeignKey("orders.id"), primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_amount", BigInteger, nullable=False),
)

order_sagas = Table(
    "order_sagas",
    metadata,
    Column("order_id", Uuid, ForeignKey("orders.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("awaiting", ARRAY(Text), nullable=False),
    Column("deadline", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("payment_token", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("traceparent", Text),
    Index("open_sagas_by_deadline", "deadline", postgresql_where="deadline IS NOT NULL"),
)

prices = Table(
    "prices",
    metadata,
    Column("sku", Text, primary_key=True),
    Column("product_id", Uuid, primary_key=True, index=True),
    Column("name", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)
