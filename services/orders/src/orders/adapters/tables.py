"""The tables of this service's database; the migrations create them, the adapters query them.

The orders row changes a few times in its life and the saga's row at every step, so they are
two tables. Nothing that changes in `orders` is in a B-tree, so its updates stay on their page.
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
    Column("subtotal", BigInteger, nullable=False),
    Column("discount", BigInteger, nullable=False, server_default="0"),
    Column("shipping", BigInteger, nullable=False, server_default="0"),
    Column("tax", BigInteger, nullable=False, server_default="0"),
    Column("shipping_tax", BigInteger, nullable=False, server_default="0"),
    Column("prices_include_tax", Boolean, nullable=False, server_default="true"),
    Column("delivery_method", Text, nullable=False, server_default="free"),
    Column("promotions", JSONB),
    Column("currency", Text, nullable=False),
    Column("captured", BigInteger, nullable=False, server_default="0"),
    Column("refunded", BigInteger, nullable=False, server_default="0"),
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
    Column("discount", BigInteger, nullable=False, server_default="0"),
    Column("tax", BigInteger, nullable=False, server_default="0"),
    Column("weight_grams", Integer),
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

order_shipments = Table(
    "order_shipments",
    metadata,
    Column("order_id", Uuid, ForeignKey("orders.id"), primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("quantities", JSONB, nullable=False),
    Column("carrier", Text),
    Column("tracking", Text),
    Column("charge", BigInteger, nullable=False),
    Column("charge_status", Text, nullable=False),
    Column("charge_problem", Text),
    Column("shipped_at", DateTime(timezone=True), nullable=False),
    Column("delivered_at", DateTime(timezone=True)),
)

order_returns = Table(
    "order_returns",
    metadata,
    Column("order_id", Uuid, ForeignKey("orders.id"), primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("quantities", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("refund", BigInteger),
    Column("refusal", Text),
    Column("restocked", Boolean, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
)

order_refunds = Table(
    "order_refunds",
    metadata,
    Column("order_id", Uuid, ForeignKey("orders.id"), primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("return_id", Uuid),
    Column("problem", Text),
    Column("requested_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
)

# Mails may be heard of before anything else is known of an order: no foreign key.
order_timeline = Table(
    "order_timeline",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("trace_id", Text),
    Column("message_id", Uuid),
    Column("actor", Text),
    Column("attempt", Integer),
    Column("compensation", Boolean, nullable=False),
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
    Column("weight_grams", Integer),
)

promotions = Table(
    "promotions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("code", Text, unique=True),
    Column("benefit", JSONB, nullable=False),
    Column("skus", ARRAY(Text), nullable=False),
    Column("minimum_subtotal", BigInteger),
    Column("minimum_currency", Text),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("exclusive", Boolean, nullable=False),
    Column("stacking_group", Text),
    Column("max_uses", Integer),
    Column("max_uses_per_customer", Integer),
    Column("version", Integer, nullable=False),
    # Each of these is tried on each cart.
    Index("automatic_promotions", "starts_at", postgresql_where="code IS NULL"),
)

# How many orders use a limited promotion: of each account, and in all where the customer is ''.
promotion_uses = Table(
    "promotion_uses",
    metadata,
    Column("promotion_id", Uuid, ForeignKey("promotions.id"), primary_key=True),
    Column("customer", Text, primary_key=True),
    Column("used", Integer, CheckConstraint("used >= 0"), nullable=False),
    Column("most", Integer),
)
