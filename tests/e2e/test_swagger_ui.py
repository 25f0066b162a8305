"""What a newcomer does first, in a real Chromium: sign in at `/docs`, buy, and read the mail.

One test presses the buttons. Another executes every operation of the page with what is prefilled
there, so that an example that does not work is found here and not by the newcomer.
"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from native.shop.session import open_session
from tests.e2e.browser import PATIENCE_MS, Answer, Docs, browsing
from tests.e2e.shop import SKU, SLUG, Shop, eventually

Document = dict[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "patch"})
AS_GUEST = ("create_cart", "put_cart_item", "read_cart")
BUY = ("create_cart", "put_cart_item", "place_order")
# What was just cancelled cannot be captured, nor what was captured be voided.
# A webhook that was removed has no secret to change; a new one is told of the next order.
FIRST = {
    "use_code": ("create_promotion",),
    "pack_order": BUY,
    "refuse_return": ("request_return",),
    "capture_payment": BUY,
    "void_payment": BUY,
    "rotate_webhook_secret": ("create_webhook",),
    "list_webhook_deliveries": ("create_webhook", *BUY),
}
FOR_MACHINES = "import_user"
# They are about bytes that were sent elsewhere, which no page of ours sends.
ABOUT_BYTES = frozenset({"get_picture_upload", "finish_picture_upload", "remove_picture"})
# Another test may have begun a rotation, and one outlasts the tests.
ROTATION = "/v1/signing-key-rotations"


@pytest.fixture
async def docs(stack: Any, browser: Browser) -> AsyncIterator[Docs]:
    """The page as nobody has used it yet; it stays on this machine and complains of nothing."""
    async with browsing(browser) as (context, watch):
        yield await Docs.open(context, watch, stack.gateway_url)
        assert watch.strangers == []
        assert [c for c in watch.complaints if ROTATION not in c] == []


@pytest.fixture(scope="module")
async def document(shop: Shop) -> Document:
    """The merged OpenAPI document."""
    return dict((await shop.call("GET", "/openapi.json")).json())


@pytest.fixture
async def old_price(shop: Shop, merchandiser: Shop, support: Shop) -> AsyncIterator[None]:
    """After the test the product is for sale at the price of before, also in new carts."""
    before = await price_of(shop)
    yield
    seen = await merchandiser.call("GET", f"/v1/products/{SLUG}")
    path = f"/v1/products/{SLUG}/variants/{SKU}/price"
    back = await merchandiser.call("PUT", path, before, If_Match=seen.headers["etag"])
    assert back.status_code == 200, back.text
    await eventually(lambda: charged(support), lambda price: price == before)


async def price_of(shop: Shop) -> Any:
    product = (await shop.call("GET", f"/v1/products/{SLUG}")).json()
    return next(one["price"] for one in product["variants"] if one["sku"] == SKU)


async def charged(support: Shop) -> Any:
    """What orders would charge for the product, as a new cart shows it."""
    path, _ = await support.cart({SKU: 1})
    return (await support.call("GET", path)).json()["items"][0]["unit_price"]


async def test_a_customer_signs_in_buys_and_reads_the_confirmation(stack: Any, docs: Docs) -> None:
    await docs.sign_in("customer@souk.example")
    cart = await docs.execute("create_cart")
    assert cart.status in (200, 201), cart.text
    filled = await docs.execute("put_cart_item")
    assert filled.status == 200, filled.text
    assert SKU in [item["sku"] for item in filled.body["items"]]
    placed = await docs.execute("place_order")
    assert placed.status == 201, placed.text
    assert placed.body["status"] == "confirmed"
    await read_the_mail(stack.mailbox_url, docs, placed.body["id"])


async def read_the_mail(mailbox: str, docs: Docs, order: str) -> None:
    """The mailbox's page looks again by itself; a mail is in a frame of its own."""
    page = await docs.page.context.new_page()
    await page.goto(mailbox)
    await page.get_by_role("link", name=re.compile(f"{order} is confirmed")).click()
    mail = page.frame_locator("iframe")
    await expect(mail.locator("body")).to_contain_text(order, timeout=PATIENCE_MS)
    await expect(mail.locator("body")).to_contain_text("WHITE HANGING HEART T-LIGHT HOLDER")
    await page.close()


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield path, method, item[method]


def shown(schema: Document, document: Document) -> bool:
    """Whether Swagger UI finds a value in the schema that is not of its own invention."""
    if "$ref" in schema:
        *_, kind, name = schema["$ref"].split("/")
        return shown(document["components"][kind][name], document)
    if schema.keys() & {"example", "examples", "default", "const", "enum"}:
        return True
    if schema.get("type") == "array":
        return shown(schema["items"], document)
    wanted = schema.get("required", ())
    inside = schema.get("properties", {})
    return schema.get("type") == "object" and all(shown(inside[n], document) for n in wanted)


def test_every_operation_has_an_example_of_all_that_it_requires(document: Document) -> None:
    without = []
    for _path, _method, operation in operations(document):
        needs = [p for p in operation.get("parameters", ()) if p.get("required")]
        content = operation.get("requestBody", {}).get("content", {})
        for need in [*needs, *content.values()]:
            if not need.keys() & {"example", "examples"} and not shown(need["schema"], document):
                without.append((operation["operationId"], need.get("name", "body")))
    assert len(list(operations(document))) > 35
    assert without == []


def test_every_tag_and_every_scope_is_described(document: Document) -> None:
    scheme = document["components"]["securitySchemes"]["souk"]
    scopes = scheme["flows"]["authorizationCode"]["scopes"]
    assert len(scopes) > 10
    assert [scope for scope, said in scopes.items() if not said] == []
    assert [tag["name"] for tag in document["tags"] if not tag.get("description")] == []
    assert len({tag["description"] for tag in document["tags"]}) == len(document["tags"])


async def test_everything_that_is_prefilled_succeeds(
    stack: Any, shop: Shop, docs: Docs, document: Document, old_price: None
) -> None:
    places = {found["operationId"]: (path, m) for path, m, found in operations(document)}
    token = await machine_token(stack)

    async def run(name: str) -> Answer:
        return await docs.run(*places[name], token=token if name == FOR_MACHINES else None)

    wrong = [answer for name in AS_GUEST if failed(answer := await run(name))]
    await docs.sign_in("admin@souk.example")
    names = await docs.operations()
    assert sorted(names) == sorted(places)
    for name in in_order([name for name in names if name not in ABOUT_BYTES]):
        if failed(answer := await run(name)):
            wrong.append(answer)
        if name == "capture_payment":
            await eventually(lambda: run("get_payment"), is_captured)
        if name == "list_webhook_deliveries":
            await eventually(lambda: run("list_webhook_deliveries"), has_items)
    assert [f"{one.operation}: {one.status} {one.text[:300]}" for one in wrong] == []


def failed(answer: Answer) -> bool:
    if answer.operation.endswith(ROTATION) and answer.status == 409:
        return False
    return not 200 <= answer.status < 400


def is_captured(answer: Answer) -> bool:
    return bool(answer.body["status"] == "captured")


def has_items(answer: Answer) -> bool:
    return bool(answer.body["items"])


def in_order(names: list[str]) -> list[str]:
    """From the top of the page to its bottom, with what must come before something else."""
    return [step for name in names for step in (*FIRST.get(name, ()), name)]


async def machine_token(stack: Any) -> str:
    """A token of the shop's own client, for the operation that no person may use."""
    async with open_session(stack) as session:
        return (await session.operator.headers())["Authorization"].removeprefix("Bearer ")
