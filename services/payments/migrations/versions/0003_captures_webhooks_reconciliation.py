"""Captures for each shipment, late answers, the simulated provider's webhooks, reconciliations.

The third revision of this database; Alembic runs it. The new columns of big tables have constant
defaults, so that no row is rewritten.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UP = """
ALTER TABLE operations
    ADD COLUMN subject_id uuid,
    ADD COLUMN final boolean NOT NULL DEFAULT true,
    ADD COLUMN reference text;
CREATE UNIQUE INDEX one_operation_a_subject ON operations (payment_id, kind, subject_id)
    WHERE subject_id IS NOT NULL;
ALTER TABLE provider_charges ADD COLUMN decides_at timestamptz, ADD COLUMN declined text;
CREATE TABLE provider_webhooks (
    id text PRIMARY KEY,
    reference text NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    delivered_at timestamptz
);
CREATE INDEX provider_webhooks_due ON provider_webhooks (due_at) WHERE delivered_at IS NULL;
CREATE TABLE reconciliations (
    id uuid PRIMARY KEY,
    since timestamptz NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    charges integer NOT NULL DEFAULT 0,
    payments integer NOT NULL DEFAULT 0,
    in_flight integer NOT NULL DEFAULT 0,
    differences integer NOT NULL DEFAULT 0
);
CREATE TABLE reconciliation_differences (
    reconciliation_id uuid NOT NULL REFERENCES reconciliations (id),
    number integer NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    payment_id uuid,
    order_id uuid,
    ours text,
    theirs text,
    PRIMARY KEY (reconciliation_id, number)
);
"""
_DOWN = """
DROP TABLE reconciliation_differences;
DROP TABLE reconciliations;
DROP TABLE provider_webhooks;
ALTER TABLE provider_charges DROP COLUMN decides_at, DROP COLUMN declined;
DROP INDEX one_operation_a_subject;
ALTER TABLE operations DROP COLUMN subject_id, DROP COLUMN final, DROP COLUMN reference;
"""


def upgrade() -> None:
    """Add them."""
    _run(_UP)


def downgrade() -> None:
    """Drop them, and what they say."""
    _run(_DOWN)


def _run(statements: str) -> None:
    for statement in filter(str.strip, statements.split(";")):
        op.execute(statement)
