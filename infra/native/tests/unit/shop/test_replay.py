"""Replaying a file into a shop in memory: who buys, in which order, and that twice is once."""

import json
from pathlib import Path

import pytest

from infra.native.tests.unit.shop.conftest import REVENUE
from infra.native.tests.unit.shop.fake_shop import FakeShop
from native.progress import Progress
from native.shop.importer import import_file
from native.shop.placing import PricesDiffer
from native.shop.reconcile import Pair
from native.shop.replay_command import document, show
from native.shop.replayer import replay_file


@pytest.fixture
async def stocked(month: Path, fake: FakeShop) -> FakeShop:
    await import_file(month, fake.session())
    return fake


async def test_every_order_is_placed_by_its_customer_or_guest(
    month: Path, stocked: FakeShop
) -> None:
    report = await replay_file(month, stocked.session())
    buyers = {order["reference"]: order["customer_id"] for order in stocked.orders}
    assert buyers == {
        "536365": "account-of-customer-17850@example.com",
        "536370": "account-of-customer-12583@example.com",
        "536380": "account-of-customer-17850@example.com",
        "536414": None,
    }
    assert report.result.differences == []
    assert (report.placed, report.already_there, report.guests) == (4, 0, 1)
    assert report.result.revenue.found == report.result.revenue.expected == REVENUE
    assert set(report.result.revenue_by_country) == {"GB", "FR", "ZZ"}


async def test_one_customers_orders_go_in_the_order_of_their_dates(
    month: Path, stocked: FakeShop
) -> None:
    await replay_file(month, stocked.session())
    placed = [order["reference"] for order in stocked.orders]
    assert placed.index("536365") < placed.index("536380")


async def test_replaying_again_creates_nothing(month: Path, stocked: FakeShop) -> None:
    await replay_file(month, stocked.session())
    carts = len(stocked.carts)
    again = await replay_file(month, stocked.session())
    assert (again.placed, again.already_there) == (0, 4)
    assert again.result.differences == []
    assert (len(stocked.orders), len(stocked.carts)) == (4, carts)


async def test_a_limit_takes_the_first_orders_and_the_rest_goes_on_later(
    month: Path, stocked: FakeShop
) -> None:
    first = await replay_file(month, stocked.session(), limit=2)
    assert [order["reference"] for order in stocked.orders] == ["536365", "536370"]
    assert first.result.differences == []
    rest = await replay_file(month, stocked.session())
    assert (rest.placed, rest.already_there, rest.result.differences) == (2, 2, [])


async def test_one_token_serves_all_orders_of_a_customer(month: Path, stocked: FakeShop) -> None:
    before = stocked.count("POST", "/oauth/token")
    await replay_file(month, stocked.session())
    assert stocked.count("POST", "/oauth/token") - before == 1 + 2


async def test_a_guest_has_the_same_secret_in_every_run(month: Path, stocked: FakeShop) -> None:
    tokens = {stocked.session().operator.guest("536414")["Cart-Token"] for _ in range(3)}
    other = stocked.session().operator.guest("536415")["Cart-Token"]
    assert len(tokens) == 1
    assert other not in tokens
    assert {len(token) for token in (*tokens, other)} == {43}


async def test_other_prices_stop_the_replay_before_anything_is_placed(
    month: Path, stocked: FakeShop
) -> None:
    stocked.prices["85123A"] = 999
    with pytest.raises(PricesDiffer, match="85123A costs 999 instead of 255"):
        await replay_file(month, stocked.session())
    assert stocked.orders == []


async def test_an_order_from_before_reconciles_at_its_stored_price(
    month: Path, stocked: FakeShop
) -> None:
    await replay_file(month, stocked.session())
    stocked.prices["85123A"] = 999
    again = await replay_file(month, stocked.session())
    assert again.result.differences == []
    assert again.result.revenue.expected == REVENUE


async def test_a_rejected_order_is_a_difference_in_orders_revenue_and_stock(
    month: Path, stocked: FakeShop
) -> None:
    stocked.reject.add("536370")
    result = (await replay_file(month, stocked.session())).result
    assert (result.orders.expected, result.orders.found) == (4, 3)
    assert result.differences[0].startswith("invoice 536370 is rejected")
    assert "revenue of FR: expected 255, found 0 pence" in result.differences
    assert any(text.startswith("stock of 85123A: expected 100") for text in result.differences)


async def test_orders_of_others_are_counted_and_not_taken_for_differences(
    month: Path, stocked: FakeShop
) -> None:
    line = {
        "sku": "71053",
        "quantity": 3,
        "unit_price": {"amount": 339, "currency": "GBP"},
        "returned_quantity": 0,
    }
    other = {
        "id": "other",
        "reference": "536365",
        "customer_id": "somebody else",
        "status": "confirmed",
        "country": "GB",
        "total": {"amount": 1017, "currency": "GBP"},
        "lines": [line],
    }
    stocked.orders.append(other)
    stocked._settle(other)
    assert (await replay_file(month, stocked.session())).result.differences == []


async def test_a_return_is_taken_in_and_paid_back_at_the_orders_price(
    month: Path, stocked: FakeShop
) -> None:
    report = await replay_file(month, stocked.session())
    first = next(order for order in stocked.orders if order["reference"] == "536365")
    assert (first["status"], first["refunded"]["amount"]) == ("delivered", 339)
    assert stocked.returned == {"71053": 1}
    assert (report.returns_made, report.returns_left_over) == (1, [])
    assert report.result.units_returned == Pair(1, 1)
    assert report.result.refunds == Pair(339, 339)
    again = await replay_file(month, stocked.session())
    assert (again.returns_made, again.result.differences) == (0, [])
    assert again.result.refunds == Pair(339, 339)


async def test_an_order_may_have_several_returns(month: Path, stocked: FakeShop) -> None:
    with month.open("a") as file:
        file.write("C536391,85123A,WHITE HEART,-2,2010-12-02T09:00,2.55,17850,United Kingdom\n")
    report = await replay_file(month, stocked.session())
    assert stocked.returned == {"71053": 1, "85123A": 2}
    assert (report.returns_made, report.result.differences) == (2, [])


async def test_a_return_that_was_taken_in_twice_is_a_difference(
    month: Path, stocked: FakeShop
) -> None:
    await replay_file(month, stocked.session())
    first = next(order for order in stocked.orders if order["reference"] == "536365")
    stocked.take_back(first, None, f"returns/{first['returns'][0]['id']}/receipt")
    wrong = await replay_file(month, stocked.session())
    assert "refunds of invoice 536365: expected 339, found 678 pence" in wrong.result.differences
    assert any(text.startswith("returns of invoice 536365") for text in wrong.result.differences)
    assert any(text.startswith("stock of 71053") for text in wrong.result.differences)


async def test_stock_that_went_astray_is_named(month: Path, stocked: FakeShop) -> None:
    await replay_file(month, stocked.session())
    stocked.sold["22139"] -= 1
    result = (await replay_file(month, stocked.session())).result
    assert result.differences == [
        "stock of 22139: expected 99 available, 0 held, 56 sold, "
        "found 100 available, 0 held, 55 sold"
    ]


async def test_a_missing_mail_is_named(
    month: Path, stocked: FakeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("native.shop.waiting.STANDSTILL_SECONDS", 0.0)
    await replay_file(month, stocked.session())
    stocked.mails.append(stocked.mails[0])
    result = (await replay_file(month, stocked.session())).result
    assert result.differences == ["invoice 536365 has 2 confirmations"]


async def test_the_report_is_one_json_object_and_names_ten_differences(
    month: Path, stocked: FakeShop, capsys: pytest.CaptureFixture[str]
) -> None:
    report = await replay_file(month, stocked.session())
    report.result.differences += [f"difference {n}" for n in range(12)]
    body = json.loads(json.dumps(document(report)))
    assert (len(body["differences"]), body["difference_count"]) == (10, 12)
    assert body["orders"] == {"expected": 4, "found": 4}
    show(report, Progress().console)
    shown = capsys.readouterr().err
    assert "difference 9" in shown
    assert "and 2 more differences" in shown
