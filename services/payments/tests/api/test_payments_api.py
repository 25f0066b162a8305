"""The staff's routes over the fakes: what they show, what they refuse, and what they offer."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis.ids import uuid7
from chassis.testing import TokenMint
from payments.domain.operation import Approved
from payments.domain.payment import Payment
from services.payments.tests.conftest import Authorise, WorkOff
from services.payments.tests.fakes import FakePaymentsUnitOfWork
from services.payments.tests.scripted_provider import ScriptedProvider

YES = Approved("ch_1")


@pytest.fixture
async def held(uow: FakePaymentsUnitOfWork, authorise: Authorise, work_off: WorkOff) -> Payment:
    """An authorised payment of 17.70 GBP."""
    await authorise()
    await work_off(ScriptedProvider(YES))
    return uow.only


@pytest.fixture
async def taken(held: Payment, client: httpx.AsyncClient, work_off: WorkOff) -> Payment:
    """The same, captured."""
    assert (await post(client, held.id, "captures")).status_code == 202
    await work_off(ScriptedProvider(YES))
    return held


async def post(
    client: httpx.AsyncClient, payment_id: UUID, what: str, key: str = "k", **body: Any
) -> httpx.Response:
    return await client.post(
        f"/v1/payments/{payment_id}/{what}", json=body, headers={"Idempotency-Key": key}
    )


async def test_a_payment_is_shown_with_its_operations(
    held: Payment, client: httpx.AsyncClient
) -> None:
    body = (await client.get(f"/v1/payments/{held.id}")).json()
    assert body["status"] == "authorised"
    assert body["amount"] == {"amount": 1770, "currency": "GBP"}
    assert body["captured"] == {"amount": 0, "currency": "GBP"}
    (operation,) = body["operations"]
    assert (operation["kind"], operation["stage"]) == ("authorise", "done")
    assert set(body["_links"]) == {"self", "order", "captures", "voids"}


async def test_no_refund_is_offered_of_what_went_back_already(
    held: Payment, client: httpx.AsyncClient, work_off: WorkOff
) -> None:
    part = {"amount": 500, "currency": "GBP"}
    await post(client, held.id, "captures", "k1", amount=part, final=False)
    await work_off(ScriptedProvider(YES))
    body = (await client.get(f"/v1/payments/{held.id}")).json()
    assert set(body["_links"]) == {"self", "order", "captures", "voids", "refunds"}
    await post(client, held.id, "refunds", "k2")
    await work_off(ScriptedProvider(YES))
    body = (await client.get(f"/v1/payments/{held.id}")).json()
    assert (body["status"], body["refunded"]) == ("partially_captured", part)
    assert (await post(client, held.id, "refunds", "k3")).status_code == 409
    assert set(body["_links"]) == {"self", "order", "captures", "voids"}


async def test_nothing_is_offered_while_the_provider_is_asked(
    held: Payment, client: httpx.AsyncClient, work_off: WorkOff
) -> None:
    await post(client, held.id, "captures", "k1")
    body = (await client.get(f"/v1/payments/{held.id}")).json()
    assert (await post(client, held.id, "voids", "k2")).json()["type"] == "/problems/payment-busy"
    assert set(body["_links"]) == {"self", "order"}
    await work_off(ScriptedProvider(YES))
    body = (await client.get(f"/v1/payments/{held.id}")).json()
    assert set(body["_links"]) == {"self", "order", "refunds"}


async def test_a_reader_is_offered_nothing_that_it_may_not_do(
    held: Payment, client: httpx.AsyncClient, mint: TokenMint
) -> None:
    reader = mint.headers(scopes={"payments:read"})
    body = (await client.get(f"/v1/payments/{held.id}", headers=reader)).json()
    assert set(body["_links"]) == {"self", "order"}
    refused = await client.post(
        f"/v1/payments/{held.id}/voids", headers={**reader, "Idempotency-Key": "k"}
    )
    assert refused.status_code == 403


async def test_nobody_reads_payments_without_the_scope(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    customer = mint.headers(scopes={"orders:read"})
    for path in ("/v1/payments", f"/v1/payments/{uuid7()}", "/v1/ledger/balance"):
        assert (await client.get(path, headers=customer)).status_code == 403
        assert (await client.get(path, headers={"Authorization": ""})).status_code == 401


async def test_payments_are_found_by_order_and_listed_page_by_page(
    uow: FakePaymentsUnitOfWork, held: Payment, client: httpx.AsyncClient
) -> None:
    async with uow:
        for _ in range(2):
            await uow.payments.add(Payment.forestalled(uuid7(), uuid7()))
        await uow.commit()
    found = (await client.get("/v1/payments", params={"order_id": str(held.order_id)})).json()
    assert [item["id"] for item in found["items"]] == [str(held.id)]
    first = (await client.get("/v1/payments", params={"limit": 2})).json()
    rest = (await client.get(first["_links"]["next"]["href"])).json()
    assert len(first["items"]) == 2
    assert [item["id"] for item in rest["items"]] == [str(held.id)]
    voided = (await client.get("/v1/payments", params={"status": "voided"})).json()
    assert len(voided["items"]) == 2


async def test_a_capture_is_accepted_and_can_be_followed(
    held: Payment, client: httpx.AsyncClient, work_off: WorkOff
) -> None:
    accepted = await post(client, held.id, "captures", amount={"amount": 700, "currency": "GBP"})
    assert accepted.status_code == 202
    assert accepted.json()["stage"] == "waiting"
    await work_off(ScriptedProvider(YES))
    assert (await client.get(accepted.headers["Location"])).json()["stage"] == "done"
    body = (await client.get(f"/v1/payments/{held.id}")).json()
    assert (body["status"], body["captured"]["amount"]) == ("captured", 700)


async def test_the_same_key_again_is_the_same_operation(
    held: Payment, client: httpx.AsyncClient, uow: FakePaymentsUnitOfWork
) -> None:
    first = await post(client, held.id, "captures")
    again = await post(client, held.id, "captures")
    assert again.status_code == 202
    assert again.headers["Location"] == first.headers["Location"]
    assert len(uow.books.queue) == 2
    other = await post(client, held.id, "captures", amount={"amount": 1, "currency": "GBP"})
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"


async def test_a_payment_with_an_operation_under_way_is_busy(
    held: Payment, client: httpx.AsyncClient
) -> None:
    await post(client, held.id, "captures", key="a")
    busy = await post(client, held.id, "voids", key="b")
    assert (busy.status_code, busy.json()["type"]) == (409, "/problems/payment-busy")
    assert busy.headers["Retry-After"] == "1"


async def test_refunds_end_where_the_money_ends(
    taken: Payment, client: httpx.AsyncClient, work_off: WorkOff
) -> None:
    part = {"amount": 1000, "currency": "GBP"}
    assert (await post(client, taken.id, "refunds", key="a", amount=part)).status_code == 202
    await work_off(ScriptedProvider(YES))
    more = await post(client, taken.id, "refunds", key="b", amount=part)
    assert (more.status_code, more.json()["type"]) == (422, "/problems/refund-exceeds-captured")
    assert (await post(client, taken.id, "refunds", key="c")).status_code == 202


@pytest.mark.parametrize(
    ("what", "slug"),
    [("captures", "payment-not-capturable"), ("voids", "payment-not-voidable")],
)
async def test_what_the_state_forbids_is_a_conflict(
    taken: Payment, client: httpx.AsyncClient, what: str, slug: str
) -> None:
    refused = await post(client, taken.id, what, key="b")
    assert (refused.status_code, refused.json()["type"]) == (409, f"/problems/{slug}")


@pytest.mark.parametrize(
    "amount",
    [
        {"amount": 0, "currency": "GBP"},
        {"amount": -5, "currency": "GBP"},
        {"amount": 1.5, "currency": "GBP"},
        {"amount": 1, "currency": "pounds"},
        {"amount": 1, "currency": "GBP", "status": "captured"},
        {"amount": 1, "currency": "EUR"},
    ],
)
async def test_bad_amounts_are_refused_and_change_nothing(
    held: Payment, client: httpx.AsyncClient, uow: FakePaymentsUnitOfWork, amount: Any
) -> None:
    refused = await post(client, held.id, "captures", amount=amount)
    assert refused.status_code == 422
    assert len(uow.books.queue) == 1


async def test_a_foreign_currency_is_refused_by_the_name_of_the_right_one(
    held: Payment, client: httpx.AsyncClient
) -> None:
    refused = await post(client, held.id, "captures", amount={"amount": 1, "currency": "EUR"})
    assert refused.json()["detail"] == "EUR was given where GBP is due."


async def test_what_does_not_exist_is_not_found(client: httpx.AsyncClient, held: Payment) -> None:
    unknown = uuid7()
    paths = (f"/v1/payments/{unknown}", f"/v1/payments/{held.id}/operations/{unknown}")
    for path in paths:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/payment-not-found")
    assert (await post(client, unknown, "voids")).status_code == 404


async def test_a_key_is_needed_and_ids_are_uuids(client: httpx.AsyncClient, held: Payment) -> None:
    missing = await client.post(f"/v1/payments/{held.id}/voids")
    assert missing.json()["type"] == "/problems/idempotency-key-missing"
    assert (await client.get("/v1/payments/nonsense")).status_code == 422
    assert (await client.get("/v1/payments", params={"cursor": "x"})).status_code == 400


async def test_the_ledger_sums_to_zero(taken: Payment, client: httpx.AsyncClient) -> None:
    body = (await client.get("/v1/ledger/balance")).json()
    balances = {found["account"]: found["balance"]["amount"] for found in body["accounts"]}
    assert balances["provider_receivable"] == 1770
    assert balances["sales"] == -1770
    assert body["sum"] == [{"amount": 0, "currency": "GBP"}]


async def test_every_operation_is_documented_for_swagger(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    operations = [found for path in document["paths"].values() for found in path.values()]
    assert len({found["operationId"] for found in operations}) == len(operations) == 10
    for found in operations:
        assert found["tags"] == ["payments"]
        assert found["summary"]
        assert found["security"]
