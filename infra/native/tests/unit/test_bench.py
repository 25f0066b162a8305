"""The bench's arithmetic, its table, and its promise to send nothing beyond this machine."""

import pytest

from native.bench.buying import Mails, Orders
from native.bench.client import Connection
from native.bench.reading import Load, percentile
from native.bench.report import Report


def test_a_percentile_is_one_of_the_values() -> None:
    delays = [float(number) for number in range(1, 101)]
    assert percentile(delays, 0.50) == 51.0
    assert percentile(delays, 0.99) == 100.0
    assert percentile([], 0.99) == 0.0


@pytest.mark.parametrize("origin", ["http://example.com", "http://10.0.0.1:80", "http://[::2]:80"])
async def test_an_address_beyond_this_machine_is_refused(origin: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        await Connection.open(origin)


def test_the_table_shows_errors_where_there_were_any() -> None:
    load = Load(requests=100, errors=3, per_second=20.0, p50_ms=1.0, p99_ms=2.0)
    report = Report(
        machine="a machine",
        starts=None,
        product=load,
        page=load,
        mails=Mails(1, 5.0, 5.0),
        orders=Orders(10, 9, 2.0, 1.5),
        memory_mib={"gateway": 60.4, "orders": 90.0},
    )
    table = report.markdown()
    assert "20 a second, p50 1.0 ms, p99 2.0 ms, 3 errors" in table
    assert "(10 orders, 9 confirmed)" in table
    assert "| gateway | 60 |" in table
    assert "150 MiB" in table
