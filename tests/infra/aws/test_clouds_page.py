"""docs/clouds.md adds up, and prices the very types and numbers that the stacks have."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from importlib import util
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "clouds.md"
SIZES = ROOT / "infra" / "aws" / "souk_aws" / "sizes.py"
CLOUDS = 3
TITLES = ("Small", "Large", "One machine")


@dataclass(frozen=True)
class Row:
    """A part: how much of it, and for each cloud its price and what a month comes to."""

    part: str
    amount: Decimal
    prices: tuple[Decimal, ...]
    months: tuple[Decimal, ...]


@dataclass(frozen=True)
class Costs:
    """One table."""

    rows: tuple[Row, ...]
    sums: tuple[Decimal, ...]


def tables(page: str) -> dict[str, Costs]:
    """The tables of costs by the title above them."""
    found = {}
    for title in TITLES:
        section = page.partition(f"### {title}\n")[2].partition("\n###")[0]
        lines = [line.strip("| ").split("|") for line in section.splitlines() if line[:1] == "|"]
        cells = [[cell.strip() for cell in line] for line in lines[2:]]
        rows = tuple(_row(line) for line in cells if not line[0].startswith("**"))
        (total,) = [line for line in cells if line[0] == "**sum**"]
        sums = tuple(Decimal(cell.strip("*")) for cell in total[1:] if cell)
        found[title] = Costs(rows, sums)
    return found


def _row(cells: list[str]) -> Row:
    numbers = [Decimal(cell) for cell in cells[3:]]
    return Row(cells[0], Decimal(cells[1]), tuple(numbers[0::2]), tuple(numbers[1::2]))


def faults(page: str) -> Iterator[str]:
    """Whatever does not add up."""
    for title, costs in tables(page).items():
        for row in costs.rows:
            for price, month in zip(row.prices, row.months, strict=True):
                wanted = (row.amount * price).quantize(Decimal("0.01"), ROUND_HALF_UP)
                if wanted != month:
                    yield f"{title}, {row.part}: {row.amount} × {price} is {wanted}, not {month}"
        for cloud, total in enumerate(costs.sums):
            wanted = sum((row.months[cloud] for row in costs.rows), Decimal(0))
            if wanted != total:
                yield f"{title}: the sum is {wanted}, not {total}"


@pytest.fixture(scope="module")
def sizes() -> Any:
    """The stacks' own table, which imports nothing of the CDK."""
    spec = util.spec_from_file_location("souk_aws_sizes", SIZES)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.SIZES


def test_every_table_adds_up() -> None:
    page = PAGE.read_text()
    for costs in tables(page).values():
        assert len(costs.rows) >= 7
        assert len(costs.sums) == CLOUDS
    assert list(faults(page)) == []


@pytest.mark.parametrize("title", TITLES)
def test_a_wrong_price_and_a_wrong_sum_are_seen(title: str) -> None:
    page = PAGE.read_text()
    costs = tables(page)[title]
    assert list(faults(page.replace(f"{costs.rows[0].prices[0]} |", "9.0000 |", 1)))
    wrong_sum = page.replace(f"**{costs.sums[1]}**", "**1.00**")
    assert any("the sum is" in fault for fault in faults(wrong_sum))


@pytest.mark.parametrize("name", ["small", "large"])
def test_what_is_priced_is_what_the_stacks_have(sizes: Any, name: str) -> None:
    size = sizes[name]
    rows = tables(PAGE.read_text())[name.capitalize()].rows
    hours = {
        size.node_type: size.nodes,
        size.database_type: 2 if size.database_standby else 1,
        size.cache_type: size.cache_nodes,
        size.broker_type: size.brokers,
        size.documents_type: size.documents_instances,
    }
    for kind, count in hours.items():
        (row,) = [row for row in rows if f"`{kind}`" in row.part]
        assert row.amount == count * 730, row.part
    (nat,) = [row for row in rows if row.part.startswith("way out")]
    assert nat.amount == size.nat_gateways * 730
    disks = [row.amount for row in rows if re.match("its disks?$", row.part)]
    copies = 2 if size.database_standby else 1
    assert disks == [size.database_storage * copies, size.broker_storage * size.brokers]


@pytest.mark.parametrize("name", ["small", "large"])
def test_the_budget_is_above_the_price_and_not_far_above(sizes: Any, name: str) -> None:
    costs = tables(PAGE.read_text())[name.capitalize()]
    assert costs.sums[0] < sizes[name].budget < costs.sums[0] * 2


def test_the_one_machine_is_the_one_that_is_priced(sizes: Any) -> None:
    rows = tables(PAGE.read_text())["One machine"].rows
    assert f"`{sizes['small'].machine_type}`" in rows[0].part
