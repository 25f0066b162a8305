"""The merchandiser's writes over HTTP, on fakes."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from catalog.testing import MemoryStore
from chassis.testing import TokenMint

LANTERN: dict[str, Any] = {
    "code": "99001",
    "name": "STRIPED PAPER LANTERN",
    "variants": [
        {"sku": "99001R", "name": "RED LANTERN", "price": {"amount": 425, "currency": "GBP"}}
    ],
}
HERE = "/v1/products/striped-paper-lantern"


async def post(
    client: AsyncClient, headers: dict[str, str], body: dict[str, Any], key: str = "k1"
) -> Response:
    return await client.post("/v1/products", json=body, headers=headers | {"Idempotency-Key": key})


def with_variant(**changes: Any) -> dict[str, Any]:
    return LANTERN | {"variants": [LANTERN["variants"][0] | changes]}


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_created_product_answers_201_where_it_is(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    answer = await post(client, merchandiser, LANTERN)
    assert answer.status_code == 201
    assert answer.headers["location"] == HERE
    body = answer.json()
    assert body["category"] == "lamps-and-lanterns"
    assert set(body["_links"]) == {"self", "category", "change", "withdraw", "price", "add_picture"}
    read = await client.get(HERE)
    assert read.headers["etag"] == answer.headers["etag"]
    assert read.json()["variants"] == body["variants"]


async def test_the_same_key_and_body_make_one_product(
    client: AsyncClient, merchandiser: dict[str, str], store: MemoryStore
) -> None:
    first = await post(client, merchandiser, LANTERN)
    again = await post(client, merchandiser, LANTERN)
    assert (again.status_code, again.headers["location"]) == (201, HERE)
    assert again.json()["id"] == first.json()["id"]
    assert len(store.outbox) == 1


async def test_the_same_key_with_another_body_is_refused(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    await post(client, merchandiser, LANTERN)
    answer = await post(client, merchandiser, LANTERN | {"name": "OTHER"})
    assert problem(answer) == (422, "idempotency-key-reused")


async def test_a_key_belongs_to_its_caller(
    client: AsyncClient, merchandiser: dict[str, str], mint: TokenMint
) -> None:
    await post(client, merchandiser, LANTERN)
    other = mint.headers(subject="another", scopes={"catalog:write"})
    body = LANTERN | {"code": "99002", "variants": [LANTERN["variants"][0] | {"sku": "99002"}]}
    answer = await post(client, other, body)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{HERE}-99002"


async def test_creating_without_a_key_is_400(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    answer = await client.post("/v1/products", json=LANTERN, headers=merchandiser)
    assert problem(answer) == (400, "idempotency-key-missing")


async def test_a_taken_code_is_409(client: AsyncClient, merchandiser: dict[str, str]) -> None:
    await post(client, merchandiser, LANTERN)
    answer = await post(client, merchandiser, with_variant(sku="99001B"), key="k2")
    assert problem(answer) == (409, "code-taken")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (with_variant(price={"amount": 0, "currency": "GBP"}), "invalid-price"),
        (with_variant(price={"amount": -5, "currency": "GBP"}), "invalid-price"),
        (with_variant(price={"amount": 10**9 + 1, "currency": "GBP"}), "invalid-price"),
        (with_variant(price={"amount": 425, "currency": "EUR"}), "currency-mismatch"),
        (with_variant(price={"amount": 4.25, "currency": "GBP"}), "validation-error"),
        (with_variant(price={"amount": "425", "currency": "GBP"}), "validation-error"),
        (with_variant(price={"amount": True, "currency": "GBP"}), "validation-error"),
        (with_variant(price={"amount": {"$gt": 0}, "currency": "GBP"}), "validation-error"),
        (with_variant(sku="85123A"), "invalid-product"),
        (with_variant(sku={"$ne": None}), "validation-error"),
        (with_variant(sku="99001.R"), "validation-error"),
        (with_variant(sku="$99001"), "validation-error"),
        (with_variant(**{"$set": 1}), "validation-error"),
        (with_variant(**{"price.amount": 1}), "validation-error"),
        (LANTERN | {"name": {"$ne": ""}}, "validation-error"),
        (LANTERN | {"name": ["a"]}, "validation-error"),
        (LANTERN | {"name": " "}, "invalid-product"),
        (LANTERN | {"name": "x\ty\u200b\u0007"}, "invalid-product"),
        (LANTERN | {"code": "123"}, "validation-error"),
        (LANTERN | {"variants": []}, "validation-error"),
        (LANTERN | {"variants": LANTERN["variants"] * 2}, "invalid-product"),
        (LANTERN | {"category": "no-such"}, "unknown-category"),
        (LANTERN | {"category": "$where"}, "validation-error"),
        (LANTERN | {"version": 7}, "validation-error"),
        (LANTERN | {"slug": "mine"}, "validation-error"),
        (LANTERN | {"$where": "1"}, "validation-error"),
        ({"$set": LANTERN}, "validation-error"),
    ],
)
async def test_what_cannot_be_a_product_is_422_and_changes_nothing(
    client: AsyncClient,
    merchandiser: dict[str, str],
    store: MemoryStore,
    body: dict[str, Any],
    expected: str,
) -> None:
    answer = await post(client, merchandiser, body)
    assert problem(answer) == (422, expected)
    assert store.outbox == []


async def test_a_patch_changes_only_what_is_in_it(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    created = await post(client, merchandiser, LANTERN | {"description": "Folds."})
    etag = {"If-Match": created.headers["etag"]}
    answer = await client.patch(HERE, json={"name": "BIG LANTERN"}, headers=merchandiser | etag)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["name"], body["description"]) == ("BIG LANTERN", "Folds.")
    assert body["slug"] == "striped-paper-lantern"
    assert answer.headers["etag"] != created.headers["etag"]


async def test_a_patch_of_null_removes_and_gives_back_to_the_rules(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    body = LANTERN | {"description": "Folds.", "category": "party"}
    created = await post(client, merchandiser, body)
    assert created.json()["category"] == "party"
    answer = await client.patch(
        HERE,
        content=b'{"description": null, "category": null}',
        headers=merchandiser | {"If-Match": "*", "Content-Type": "application/merge-patch+json"},
    )
    assert answer.json()["description"] is None
    assert answer.json()["category"] == "lamps-and-lanterns"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": None}, "validation-error"),
        ({"variants": None}, "validation-error"),
        ({"variants": []}, "validation-error"),
        ({"code": "99002"}, "validation-error"),
        ({"slug": "x"}, "validation-error"),
        ({"$set": {"name": "x"}}, "validation-error"),
        ({"content.name": "x"}, "validation-error"),
        ({"description": {"$unset": 1}}, "validation-error"),
        ({"category": "no-such"}, "unknown-category"),
        ([{"op": "remove"}], "validation-error"),
    ],
)
async def test_a_patch_that_cannot_be_is_422(
    client: AsyncClient, merchandiser: dict[str, str], body: Any, expected: str
) -> None:
    await post(client, merchandiser, LANTERN)
    answer = await client.patch(HERE, json=body, headers=merchandiser | {"If-Match": "*"})
    assert problem(answer) == (422, expected)


async def test_a_write_needs_the_version_that_the_client_saw(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    await post(client, merchandiser, LANTERN)
    money = {"amount": 1, "currency": "GBP"}
    for method, path, body in (
        ("PATCH", HERE, {"name": "X"}),
        ("PUT", f"{HERE}/variants/99001R/price", money),
    ):
        missing = await client.request(method, path, json=body, headers=merchandiser)
        assert problem(missing) == (428, "precondition-required")
        stale = await client.request(
            method, path, json=body, headers=merchandiser | {"If-Match": '"stale"'}
        )
        assert problem(stale) == (412, "precondition-failed")
    stale = await client.delete(HERE, headers=merchandiser | {"If-Match": '"stale"'})
    assert problem(stale) == (412, "precondition-failed")


async def test_a_price_is_set_for_one_sku_in_either_case(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    await post(client, merchandiser, LANTERN)
    headers = merchandiser | {"If-Match": "*"}
    money = {"amount": 399, "currency": "GBP"}
    answer = await client.put(f"{HERE}/variants/99001r/price", json=money, headers=headers)
    assert answer.json()["variants"][0]["price"] == money


@pytest.mark.parametrize(
    ("sku", "body", "status", "expected"),
    [
        ("99001X", {"amount": 1, "currency": "GBP"}, 404, "variant-not-found"),
        ("$ne", {"amount": 1, "currency": "GBP"}, 422, "validation-error"),
        ("99001R", {"amount": 0, "currency": "GBP"}, 422, "invalid-price"),
        ("99001R", {"amount": 1, "currency": "USD"}, 422, "currency-mismatch"),
        ("99001R", {"amount": 1}, 422, "validation-error"),
        ("99001R", {"$inc": 1}, 422, "validation-error"),
    ],
)
async def test_a_price_that_cannot_be_is_refused(
    client: AsyncClient,
    merchandiser: dict[str, str],
    sku: str,
    body: Any,
    status: int,
    expected: str,
) -> None:
    await post(client, merchandiser, LANTERN)
    answer = await client.put(
        f"{HERE}/variants/{sku}/price", json=body, headers=merchandiser | {"If-Match": "*"}
    )
    assert problem(answer) == (status, expected)


async def test_withdrawing_twice_is_no_error_and_changing_what_is_gone_is(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    await post(client, merchandiser, LANTERN)
    for _ in range(2):
        assert (await client.delete(HERE, headers=merchandiser)).status_code == 204
    headers = merchandiser | {"If-Match": "*"}
    answer = await client.patch(HERE, json={"name": "X"}, headers=headers)
    assert problem(answer) == (410, "product-gone")
    answer = await client.delete("/v1/products/no-such", headers=merchandiser)
    assert problem(answer) == (404, "product-not-found")


async def test_a_batch_says_what_it_did_and_a_second_one_does_nothing(
    client: AsyncClient, merchandiser: dict[str, str]
) -> None:
    batch = {"products": [LANTERN]}
    counts = []
    for _ in range(2):
        answer = await client.post("/v1/product-batches", json=batch, headers=merchandiser)
        assert answer.status_code == 200
        counts.append(answer.json())
    assert counts == [
        {"created": 1, "changed": 0, "unchanged": 0},
        {"created": 0, "changed": 0, "unchanged": 1},
    ]


@pytest.mark.parametrize(
    ("products", "expected"),
    [
        ([], "validation-error"),
        ([LANTERN] * 201, "validation-error"),
        ([LANTERN, LANTERN], "invalid-product"),
        ([LANTERN | {"category": "party"}], "validation-error"),
        ([LANTERN | {"code": "99002"}], "invalid-product"),
        ([with_variant(price={"amount": 1, "currency": "EUR"})], "currency-mismatch"),
        ([with_variant(price={"amount": 0, "currency": "GBP"})], "invalid-price"),
    ],
)
async def test_a_batch_with_anything_wrong_in_it_is_refused_whole(
    client: AsyncClient,
    merchandiser: dict[str, str],
    store: MemoryStore,
    products: Any,
    expected: str,
) -> None:
    good = {
        "code": "99009",
        "name": "GOOD",
        "variants": [LANTERN["variants"][0] | {"sku": "99009"}],
    }
    batch = {"products": [good, *products] if products and len(products) < 200 else products}
    answer = await client.post("/v1/product-batches", json=batch, headers=merchandiser)
    assert problem(answer) == (422, expected)
    assert store.outbox == []


WRITES = [
    ("POST", "/v1/products"),
    ("PATCH", HERE),
    ("PUT", f"{HERE}/variants/99001R/price"),
    ("DELETE", HERE),
    ("POST", "/v1/product-batches"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_a_write_needs_a_token_with_the_scope(
    client: AsyncClient, mint: TokenMint, method: str, path: str
) -> None:
    nobody = await client.request(method, path, json={})
    assert problem(nobody) == (401, "authentication-required")
    assert "www-authenticate" in nobody.headers
    customer = mint.headers(scopes={"orders:read", "orders:write"}, roles=["merchandiser"])
    assert problem(await client.request(method, path, json={}, headers=customer)) == (
        403,
        "insufficient-scope",
    )
    expired = mint.headers(scopes={"catalog:write"}, exp=1)
    assert problem(await client.request(method, path, json={}, headers=expired)) == (
        401,
        "invalid-token",
    )


async def test_malformed_json_is_400(client: AsyncClient, merchandiser: dict[str, str]) -> None:
    headers = merchandiser | {"Content-Type": "application/json", "Idempotency-Key": "k"}
    answer = await client.post("/v1/products", content=b'{"code":', headers=headers)
    assert problem(answer) == (400, "malformed-json")
