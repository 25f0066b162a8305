"""The time at which the tests' shop stands, apart, so that tests of pure values need no order."""

from datetime import UTC, datetime

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
