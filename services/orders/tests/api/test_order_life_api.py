"""Orders over HTTP after they were placed: reading, listing, cancelling."""

from collections.abc import Callable
from uuid import UUID

import pytest
from httpx import AsyncClient

from chassis.ids import uuid7
from orders.application.advance_saga import Reply, advance_saga
from orders.domain.events import Shortage
from orders.domain.saga import STEPS, Answer
from orders.testing.buyer import CONTACT_BODY, GUEST_HEADERS, Buyer, problem
from orders.testing.memory_shop import MemoryShop

Bearer = Callable[..., dict[str, str]]
STAFF = ("orders:read", "orders:write", "orders:read_all", "orders:cancel_all")


async def hear(shop: MemoryShop, order_id: str, *answers: Answer) -> None:
    for answer in answers:
        async with shop:
            short = (Shortage("85123A", 6, 2),) if answer is Answer.STOCK_REJECTED else ()
            await advance_saga(Reply(UUID(order_id), answer, short), shop, shop.now)
            await shop.commit()


async def test_an_order_over_the_stock_says_what_was_left(
    customer: Buyer, client: AsyncClient, shop: MemoryShop
) -> None:
    placed = (await customer.order()).json()
    await hear(shop, placed["id"], Answer.STOCK_REJECTED)
    body = (await client.get(placed["_links"]["self"]["href"], headers=customer.headers)).json()
    assert body["status"] == "rejected"
    assert body["rejection"] == {
        "reason": "out_of_stock",
        "shortages": [{"sku": "85123A", "requested": 6, "available": 2}],
    }
    assert set(body["_links"]) == {"self", "timeline"}


async def test_an_order_is_read_by_its_owner_and_the_staff_only(
    customer: Buyer, client: AsyncClient, bearer: Bearer
) -> None:
    url = (await customer.order()).headers["location"]
    own = await client.get(url, headers=customer.headers)
    again = await client.get(url, headers=customer.headers | {"If-None-Match": own.headers["etag"]})
    assert (own.status_code, again.status_code) == (200, 304)
    for headers in (GUEST_HEADERS, bearer(subject=str(uuid7()))):
        assert problem(await client.get(url, headers=headers)) == (404, "order-not-found")
    assert (await client.get(url)).status_code == 401
    staff = bearer(subject=str(uuid7()), scopes=["orders:read_all", "payments:read"])
    links = (await client.get(url, headers=staff)).json()["_links"]
    assert set(links) == {"self", "timeline", "payments"}


async def test_a_guest_reads_and_lists_their_own_orders(guest: Buyer, client: AsyncClient) -> None:
    placed = await guest.order(contact=CONTACT_BODY)
    read = await client.get(placed.headers["location"], headers=GUEST_HEADERS)
    listed = await client.get("/v1/orders", headers=GUEST_HEADERS)
    assert [order["id"] for order in listed.json()["items"]] == [read.json()["id"]]


async def test_a_list_goes_on_by_its_links_until_it_ends(
    client: AsyncClient, bearer: Bearer
) -> None:
    placed = []
    for _ in range(3):
        buyer = await Buyer(client, bearer()).fill(_85123A=1)
        placed.append((await buyer.order()).json()["id"])
    first = await client.get("/v1/orders?limit=2&status=pending", headers=bearer())
    link = first.json()["_links"]["next"]["href"]
    assert f'<{link}>; rel="next"' in first.headers["link"]
    second = await client.get(link, headers=bearer())
    found = [order["id"] for page in (first, second) for order in page.json()["items"]]
    assert found == placed[::-1]
    assert "next" not in second.json()["_links"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cursor=nonsense", (400, "invalid-cursor")),
        ("cursor=eyJpZCI6MX0", (400, "invalid-cursor")),
        ("limit=0", (422, "validation-error")),
        ("limit=101", (422, "validation-error")),
        ("status=lost", (422, "validation-error")),
        ("status[$ne]=x&updated_after=yesterday", (422, "validation-error")),
    ],
)
async def test_a_bad_list_query_is_refused(
    client: AsyncClient, bearer: Bearer, query: str, expected: tuple[int, str]
) -> None:
    assert problem(await client.get(f"/v1/orders?{query}", headers=bearer())) == expected


async def test_the_staff_finds_anyones_order_by_its_reference(
    customer: Buyer, guest: Buyer, client: AsyncClient, bearer: Bearer
) -> None:
    await customer.order(reference="1")
    await guest.order(reference="2", contact=CONTACT_BODY)
    staff = bearer(subject=str(uuid7()), scopes=STAFF)
    everyones = await client.get("/v1/orders", headers=staff)
    found = await client.get("/v1/orders?reference=2", headers=staff)
    assert len(everyones.json()["items"]) == 2
    assert [order["reference"] for order in found.json()["items"]] == ["2"]
    own = await client.get("/v1/orders?reference=2", headers=customer.headers)
    assert own.json()["items"] == []


async def test_the_buyer_cancels_and_everything_is_given_back(
    customer: Buyer, client: AsyncClient, shop: MemoryShop
) -> None:
    placed = (await customer.order()).json()
    await hear(shop, placed["id"], *(step.succeeds_on for step in STEPS))
    answer = await client.post(placed["_links"]["cancel"]["href"], headers=customer.headers)
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["cancelled_by"]) == ("cancelled", "customer")
    assert shop.types[-3:] == ["order_cancelled", "release_stock", "void_payment"]
    assert set(answer.json()["_links"]) == {"self", "timeline"}
    again = await client.post(placed["_links"]["cancel"]["href"], headers=customer.headers)
    assert problem(again) == (409, "order-cannot-be-cancelled")
    assert again.json()["detail"] == "An order that is cancelled cannot be cancelled."


async def test_a_cancellation_is_repeated_safely_with_a_key(
    customer: Buyer, client: AsyncClient, shop: MemoryShop
) -> None:
    url = (await customer.order()).json()["_links"]["cancel"]["href"]
    headers = customer.headers | {"Idempotency-Key": "cancel"}
    first, again = [await client.post(url, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert shop.types.count("order_cancelled") == 1


async def test_a_rejected_order_cannot_be_cancelled(
    customer: Buyer, client: AsyncClient, shop: MemoryShop
) -> None:
    placed = (await customer.order()).json()
    await hear(shop, placed["id"], Answer.STOCK_REJECTED)
    answer = await client.post(placed["_links"]["cancel"]["href"], headers=customer.headers)
    assert problem(answer) == (409, "order-cannot-be-cancelled")


async def test_the_staff_cancels_anyones_order_and_others_do_not(
    customer: Buyer, client: AsyncClient, bearer: Bearer
) -> None:
    url = (await customer.order()).json()["_links"]["cancel"]["href"]
    stranger = bearer(subject=str(uuid7()))
    assert problem(await client.post(url, headers=stranger)) == (404, "order-not-found")
    reader = bearer(subject=str(uuid7()), scopes=["orders:read_all"])
    assert problem(await client.post(url, headers=reader)) == (403, "insufficient-scope")
    staff = bearer(subject=str(uuid7()), scopes=STAFF)
    assert (await client.post(url, headers=staff)).json()["cancelled_by"] == "staff"


async def test_prices_are_listed_for_the_staff(client: AsyncClient, bearer: Bearer) -> None:
    assert problem(await client.get("/v1/prices", headers=bearer())) == (403, "insufficient-scope")
    staff = bearer(scopes=["orders:read_all"])
    first = await client.get("/v1/prices?limit=2", headers=staff)
    second = await client.get(first.json()["_links"]["next"]["href"], headers=staff)
    found = [price for page in (first, second) for price in page.json()["items"]]
    assert [price["sku"] for price in found] == ["22193", "71053", "85123A"]
    assert found[2] == {
        "sku": "85123A",
        "name": "WHITE HANGING HEART T-LIGHT HOLDER",
        "price": {"amount": 295, "currency": "GBP"},
        "withdrawn": False,
        "sequence": 1,
    }
