"""Every migration leaves the version before it working: expand, migrate, contract."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra.pipelines.migrations import (
    WHOLE_TABLE,
    Finding,
    accepted,
    breaks,
    covers,
    exceptions,
    findings,
    revisions,
    said,
    services,
)

Bring = Callable[[str], Path]


@pytest.fixture(scope="session")
def squawk(python_tool: Bring) -> Path:
    return python_tool("squawk")


@pytest.fixture(scope="session")
def found(squawk: Path, tmp_path_factory: pytest.TempPathFactory) -> set[Finding]:
    return findings(squawk, tmp_path_factory.mktemp("sql"))


def test_no_migration_breaks_the_rule_without_a_reason(found: set[Finding]) -> None:
    assert sorted(found - accepted(found)) == []


def test_no_exception_is_there_in_vain(found: set[Finding]) -> None:
    assert [line for line in exceptions() if not any(covers(line, one) for one in found)] == []


def test_every_exception_gives_a_reason() -> None:
    assert [line for line in [*exceptions(), *breaks()] if len(line["reason"].split()) < 6] == []


def test_every_service_with_tables_is_looked_at() -> None:
    assert services() == ["auth", "inventory", "notifications", "orders", "payments"]
    assert all(revisions(service)[0] == "0001" for service in services())


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE orders DROP COLUMN amount;", "ban-drop-column"),
        ("DROP TABLE order_lines;", "ban-drop-table"),
        ("ALTER TABLE orders RENAME COLUMN amount TO total;", "renaming-column"),
        ("ALTER TABLE orders RENAME TO purchases;", "renaming-table"),
        ("ALTER TABLE orders ALTER COLUMN amount TYPE int;", "changing-column-type"),
        ("ALTER TABLE orders ADD COLUMN a bigint NOT NULL;", "adding-required-field"),
        ("ALTER TABLE orders ALTER COLUMN note SET NOT NULL;", "adding-not-nullable-field"),
        ("ALTER TABLE orders ALTER COLUMN a DROP DEFAULT;", "ban-drop-default"),
        ("CREATE INDEX a ON orders (amount);", "require-concurrent-index-creation"),
        ("ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0);", "constraint-missing-not-valid"),
        ("ALTER TABLE orders ADD CONSTRAINT u UNIQUE (a);", "disallowed-unique-constraint"),
        ("UPDATE orders SET amount = 0;", WHOLE_TABLE),
        ("DELETE FROM orders;", WHOLE_TABLE),
    ],
)
def test_a_bad_migration_is_caught(squawk: Path, tmp_path: Path, statement: str, rule: str) -> None:
    text = f"BEGIN;\n\n{statement}\n\nUPDATE alembic_version SET version_num='0009';\n\nCOMMIT;\n"
    assert rule in set(said(squawk, text, tmp_path / "bad.sql"))


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN;\nALTER TABLE orders ADD COLUMN note text;\nCOMMIT;\n",
        "BEGIN;\nALTER TABLE orders ADD COLUMN n bigint NOT NULL DEFAULT 0;\nCOMMIT;\n",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON orders (amount);\n",
        "BEGIN;\nALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\nCOMMIT;\n",
        "BEGIN;\nCREATE TABLE g (id uuid PRIMARY KEY);\nCREATE INDEX i ON g (id);\nCOMMIT;\n",
    ],
)
def test_what_only_expands_is_let_through(squawk: Path, tmp_path: Path, text: str) -> None:
    assert set(said(squawk, text, tmp_path / "good.sql")) == set()
