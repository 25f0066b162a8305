"""Schemathesis tries every operation of the merged document with what fits it and what does not.

The admin's token reaches all of them. No answer is a 5xx or one that the document does not have.
"""

import secrets
from pathlib import Path

import pytest

from native.record import Record
from tests.e2e.shop import Shop
from tests.security.fuzzer import fuzz
from tests.security.lying_service import lying_service

METHODS = {"get", "put", "post", "delete", "patch"}
# These end what a run needs, its own session or password; a new customer tries them.
ENDING = ("change_own_password", "end_own_session", "end_own_sessions")
WITHOUT_ENDING = [word for name in ENDING for word in ("--exclude-operation-id", name)]
ONLY_ENDING = [word for name in ENDING for word in ("--include-operation-id", name)]


async def operations(shop: Shop) -> int:
    paths = (await shop.call("GET", "/openapi.json")).json()["paths"]
    return sum(len(METHODS & path.keys()) for path in paths.values())


@pytest.mark.parametrize(
    ("phases", "examples", "least"), [("examples,coverage", 1, 30), ("fuzzing,stateful", 15, 12)]
)
async def test_no_answer_is_a_fault_or_undocumented(
    stack: Record, shop: Shop, tmp_path: Path, phases: str, examples: int, least: int
) -> None:
    admin = await shop.sign_in("admin@souk.example")
    found = await fuzz(
        stack.gateway_url,
        tmp_path,
        headers=admin.headers,
        phases=phases,
        examples=examples,
        options=WITHOUT_ENDING,
    )
    assert found.failures == (), found.output
    assert found.operations == await operations(shop) - len(ENDING)
    assert found.cases >= least * found.operations


async def test_nor_is_one_about_things_that_exist(
    stack: Record, shop: Shop, tmp_path: Path
) -> None:
    admin = await shop.sign_in("admin@souk.example")
    found = await fuzz(
        stack.gateway_url,
        tmp_path,
        headers=admin.headers,
        phases="examples,fuzzing",
        examples=10,
        options=WITHOUT_ENDING,
        parameters=await _belongings(admin),
    )
    assert found.failures == (), found.output
    assert found.cases >= 10 * found.operations


async def test_nor_is_one_that_ends_a_session_or_a_password(
    stack: Record, shop: Shop, tmp_path: Path
) -> None:
    email, password = f"{secrets.token_hex(8)}@example.com", secrets.token_urlsafe(16)
    body = {"email": email, "name": "Fay Fuzz", "password": password}
    assert (await shop.call("POST", "/v1/users", body)).status_code == 201
    customer = await shop.sign_in(email, password)
    found = await fuzz(
        stack.gateway_url,
        tmp_path,
        headers=customer.headers,
        phases="coverage",
        examples=10,
        options=ONLY_ENDING,
    )
    assert found.failures == (), found.output
    assert found.operations == len(ENDING)


async def _belongings(buyer: Shop) -> dict[str, str]:
    """An order with its payment, message and cart, which the ids of the document then mean."""
    order = (await buyer.order({"85123A": 1})).json()["id"]
    payments = (await buyer.call("GET", f"/v1/payments?order_id={order}")).json()["items"]
    cart, _etag = await buyer.cart({"85123A": 1})
    return {
        "order_id": order,
        "payment_id": payments[0]["id"],
        "cart_id": cart.rpartition("/")[2],
    }


async def test_a_service_that_lies_about_its_answers_is_found_out(tmp_path: Path) -> None:
    async with lying_service() as url:
        found = await fuzz(
            url, tmp_path, headers={}, phases="examples,coverage,fuzzing", examples=20
        )
    assert {line.partition(":")[0] for line in found.failures} == {
        "Server error",
        "Undocumented status code",
        "Response violates schema",
    }
