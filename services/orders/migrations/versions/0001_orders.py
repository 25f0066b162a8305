"""Orders, their lines and sagas, the read model of prices, and the plumbing's tables.

The first revision of this database; Alembic runs it.
"""

from alembic import op

from chassis.plumbing import create_plumbing, drop_plumbing

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# An order's row changes after it was written, and finds room on its own page.
_ORDERS = """
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    cart_id uuid NOT NULL UNIQUE,
    owner text NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'confirmed', 'rejected', 'cancelled')),
    reference text,
    contact_email text,
    contact_name text,
    recipient text NOT NULL,
    street text NOT NULL,
    city text NOT NULL,
    postcode text NOT NULL,
    country text NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    currency text NOT NULL,
    reason text,
    shortages jsonb,
    cancelled_by text,
    version integer NOT NULL,
    placed_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 80)
"""
_ORDER_INDEXES = (
    "CREATE INDEX orders_by_owner ON orders (owner, id)",
    "CREATE INDEX orders_by_reference ON orders (reference) WHERE reference IS NOT NULL",
    "CREATE INDEX orders_by_change ON orders USING brin (updated_at)",
)
_LINES = """
CREATE TABLE order_lines (
    order_id uuid NOT NULL REFERENCES orders (id),
    sku text NOT NULL,
    name text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    unit_amount bigint NOT NULL CHECK (unit_amount >= 0),
    PRIMARY KEY (order_id, sku)
)
"""
_SAGAS = """
CREATE TABLE order_sagas (
    order_id uuid PRIMARY KEY REFERENCES orders (id),
    state text NOT NULL,
    awaiting text[] NOT NULL,
    deadline timestamptz,
    tries integer NOT NULL,
    messages integer NOT NULL,
    payment_token text NOT NULL,
    conversation text NOT NULL
) WITH (fillfactor = 60)
"""
_SAGA_INDEX = (
    "CREATE INDEX open_sagas_by_deadline ON order_sagas (deadline) WHERE deadline IS NOT NULL"
)
_PRICES = """
CREATE TABLE prices (
    sku text NOT NULL,
    product_id uuid NOT NULL,
    name text NOT NULL,
    amount bigint NOT NULL,
    currency text NOT NULL,
    withdrawn boolean NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (sku, product_id)
)
"""
_PRICE_INDEX = "CREATE INDEX ix_prices_product_id ON prices (product_id)"


def upgrade() -> None:
    """Creates everything."""
    create_plumbing()
    for statement in (_ORDERS, *_ORDER_INDEXES, _LINES, _SAGAS, _SAGA_INDEX, _PRICES, _PRICE_INDEX):
        op.execute(statement)


def downgrade() -> None:
    """Drops everything."""
    for table in ("prices", "order_sagas", "order_lines", "orders"):
        op.drop_table(table)
    drop_plumbing()
