"""What the database itself refuses, whoever writes to it, and that card numbers are nowhere."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.ids import uuid7
from payments.adapters.queries import SqlPaymentQueries
from payments.adapters.tables import metadata
from payments.application.queries import PaymentFilter
from payments.domain.errors import PaymentNotFound
from services.payments.tests.integration.conftest import Shop

PAN = "4242 4242 4242 4242"


async def execute(shop: Shop, *statements: str) -> None:
    async with shop.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def held(shop: Shop) -> str:
    """The id of the one operation, which has been posted."""
    async with shop.desks():
        await shop.until(await shop.authorise(), "payment_authorised")
    (row,) = await shop.rows("SELECT id FROM ledger_postings")
    return str(row.id)


async def test_the_database_refuses_a_posting_that_does_not_balance(shop: Shop) -> None:
    posting = await held(shop)
    entry = "INSERT INTO ledger_entries (posting_id, account, currency, amount) VALUES "
    with pytest.raises(DBAPIError, match="does not sum to zero"):
        await execute(shop, f"{entry} ('{posting}', 'sales', 'GBP', -5)")
    await execute(
        shop,
        f"{entry} ('{posting}', 'sales', 'GBP', -5)",
        f"{entry} ('{posting}', 'refunds', 'GBP', 5)",
    )
    assert await shop.ledger_sum() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount = 0",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
        "DELETE FROM ledger_postings",
    ],
)
async def test_the_database_keeps_the_ledger_as_it_was_written(shop: Shop, statement: str) -> None:
    await held(shop)
    with pytest.raises(DBAPIError, match="only ever added to"):
        await execute(shop, statement)


async def test_the_database_refuses_more_refunds_than_captures(shop: Shop) -> None:
    await held(shop)
    with pytest.raises(DBAPIError, match="refunded_is_captured"):
        await execute(shop, "UPDATE payments SET refunded = 1")
    with pytest.raises(DBAPIError, match="captured_is_authorised"):
        await execute(shop, "UPDATE payments SET captured = 1001")


async def test_a_card_number_reaches_no_table(shop: Shop) -> None:
    async with shop.desks():
        await shop.until(await shop.authorise(PAN), "payment_declined")
    digits = re.compile(r"4242\W*4242")
    for table in metadata.tables:
        for row in await shop.rows(f"SELECT * FROM {table}"):
            assert not digits.search(
                repr([bytes(v) if isinstance(v, memoryview) else v for v in row])
            )


async def test_tokens_are_forgotten_once_they_are_used(shop: Shop) -> None:
    await held(shop)
    (row,) = await shop.rows("SELECT payment_token FROM operations")
    assert row.payment_token is None


async def test_reads_find_what_was_written(shop: Shop) -> None:
    await held(shop)
    queries = SqlPaymentQueries(shop.engine)
    (payment,) = await queries.payments(PaymentFilter(status="authorised"), 10)
    assert await queries.payments(PaymentFilter(order_id=payment.order_id), 10) == [payment]
    assert await queries.payments(PaymentFilter(after=payment.id), 10) == []
    assert await queries.payment(payment.id) == payment
    (operation,) = await queries.operations(payment.id)
    assert await queries.operation(payment.id, operation.id) == operation
    assert sum(balance.money.amount for balance in await queries.balances()) == 0
    for missing in (queries.payment(uuid7()), queries.operation(payment.id, uuid7())):
        with pytest.raises(PaymentNotFound):
            await missing
