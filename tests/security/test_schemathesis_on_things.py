"""Schemathesis tries every operation about things that exist, and those that end a session.

They are apart from `test_schemathesis.py` so that the suite's two processes have as much to do.
"""

import secrets
from pathlib import Path

from native.record import Record
from tests.e2e.shop import Shop
from tests.security.fuzzer import ENDING, fuzz, only, without


async def test_no_answer_about_things_that_exist_is_a_fault_or_undocumented(
    stack: Record, shop: Shop, tmp_path: Path
) -> None:
    admin = await shop.sign_in("admin@souk.example")
    found = await fuzz(
        stack.gateway_url,
        tmp_path,
        headers=admin.headers,
        phases="examples,fuzzing",
        examples=10,
        options=without(ENDING),
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
        options=only(ENDING),
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
