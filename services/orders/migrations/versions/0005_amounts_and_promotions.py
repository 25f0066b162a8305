"""What an order's total is made of, the promotions, and the weights of what is sold.

The fifth revision of this database; Alembic runs it. Orders placed before have a subtotal alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_AMOUNTS = ("discount", "shipping", "tax", "shipping_tax")
_TERMS = ("prices_include_tax", "delivery_method", "promotions")


def upgrade() -> None:
    """Adds columns that rewrite nothing but the subtotal, and two tables."""
    op.add_column("orders", sa.Column("subtotal", sa.BigInteger))
    op.execute("UPDATE orders SET subtotal = amount")
    op.alter_column("orders", "subtotal", nullable=False)
    for name in _AMOUNTS:
        op.add_column("orders", _count(name))
    op.add_column("orders", _flag("prices_include_tax", "true"))
    op.add_column("orders", _text("delivery_method", "free"))
    op.add_column("orders", sa.Column("promotions", JSONB))
    for name in ("discount", "tax"):
        op.add_column("order_lines", _count(name))
    op.add_column("order_lines", sa.Column("weight_grams", sa.Integer))
    op.add_column("prices", sa.Column("weight_grams", sa.Integer))
    _create_promotions()
    _create_uses()


def downgrade() -> None:
    """Drops them."""
    op.drop_table("promotion_uses")
    op.drop_table("promotions")
    op.drop_column("prices", "weight_grams")
    for name in ("weight_grams", "tax", "discount"):
        op.drop_column("order_lines", name)
    for name in (*_TERMS, *_AMOUNTS, "subtotal"):
        op.drop_column("orders", name)


def _create_promotions() -> None:
    op.create_table(
        "promotions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("code", sa.Text, unique=True),
        sa.Column("benefit", JSONB, nullable=False),
        sa.Column("skus", ARRAY(sa.Text), nullable=False),
        sa.Column("minimum_subtotal", sa.BigInteger),
        sa.Column("minimum_currency", sa.Text),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.Column("exclusive", sa.Boolean, nullable=False),
        sa.Column("stacking_group", sa.Text),
        sa.Column("max_uses", sa.Integer),
        sa.Column("max_uses_per_customer", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
    )
    automatic = sa.text("code IS NULL")
    op.create_index("automatic_promotions", "promotions", ["starts_at"], postgresql_where=automatic)


def _create_uses() -> None:
    op.create_table(
        "promotion_uses",
        sa.Column("promotion_id", sa.Uuid, sa.ForeignKey("promotions.id"), primary_key=True),
        sa.Column("customer", sa.Text, primary_key=True),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("most", sa.Integer),
        sa.CheckConstraint("used >= 0", name="no_use_is_given_back_twice"),
    )


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0"))


def _flag(name: str, default: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.text(default))


def _text(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)
