"""The OpenAPI document: complete, prefilled with examples, and true about the answers."""

from typing import Any

import pytest
from httpx import AsyncClient
from jsonschema import Draft202012Validator

from catalog.api.examples import HEART
from catalog.testing import MemoryStore

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
async def document(client: AsyncClient) -> dict[str, Any]:
    """What the service says of itself."""
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    }


async def test_every_operation_has_a_name_a_tag_and_a_summary(document: dict[str, Any]) -> None:
    found = operations(document)
    assert set(found) == {
        *("list_products", "get_product", "list_categories", "get_category"),
        *("list_products_v2", "get_product_v2"),
        *("create_product", "change_product", "change_price", "withdraw_product"),
        "import_products",
        *("start_picture_upload", "get_picture_upload", "finish_picture_upload"),
        "remove_picture",
    }
    for operation in found.values():
        assert operation["tags"] == ["catalog"]
        assert operation["summary"]
        assert operation["description"]


async def test_reads_are_open_and_writes_demand_the_scope(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        if name.startswith(("list_", "get_")) and name != "get_picture_upload":
            assert operation["security"] == [{}]
        else:
            assert operation["security"] == [{"souk": ["catalog:write"]}]


async def test_every_body_and_path_parameter_has_an_example(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path" or parameter.get("required"):
                assert parameter.get("examples") or parameter["schema"].get("examples")
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert content["examples"]


async def test_the_examples_succeed_one_after_the_other(
    client: AsyncClient, document: dict[str, Any], merchandiser: dict[str, str]
) -> None:
    def example(name: str) -> Any:
        (content,) = operations(document)[name]["requestBody"]["content"].values()
        (first, *_rest) = content["examples"].values()
        return first["value"]

    batch = await client.post(
        "/v1/product-batches", json=example("import_products"), headers=merchandiser
    )
    assert batch.json()["created"] == 1
    heart = "/v1/products/white-hanging-heart-t-light-holder"
    read = await client.get(heart)
    created = await client.post(
        "/v1/products",
        json=example("create_product"),
        headers=merchandiser | {"Idempotency-Key": "k"},
    )
    assert created.status_code == 201
    seen = merchandiser | {"If-Match": read.headers["etag"]}
    changed = await client.patch(heart, json=example("change_product"), headers=seen)
    assert changed.status_code == 200
    seen = merchandiser | {"If-Match": changed.headers["etag"]}
    price = await client.put(
        f"{heart}/variants/85123A/price", json=example("change_price"), headers=seen
    )
    assert price.status_code == 200
    (slug, _if_match) = operations(document)["withdraw_product"]["parameters"]
    lantern = f"/v1/products/{slug['examples']['sample']['value']}"
    assert lantern == created.headers["location"]
    assert (await client.delete(lantern, headers=merchandiser)).status_code == 204


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("get_product", "/v1/products/white-hanging-heart-t-light-holder"),
        ("list_products", "/v1/products"),
        ("get_product_v2", "/v2/products/white-hanging-heart-t-light-holder"),
        ("list_products_v2", "/v2/products"),
        ("list_categories", "/v1/categories"),
        ("get_category", "/v1/categories/home"),
    ],
)
async def test_what_is_answered_is_what_is_described(
    client: AsyncClient,
    document: dict[str, Any],
    merchandiser: dict[str, str],
    store: MemoryStore,
    name: str,
    path: str,
) -> None:
    await client.post("/v1/product-batches", json={"products": [HEART]}, headers=merchandiser)
    content = operations(document)[name]["responses"]["200"]["content"]["application/json"]
    schema = content["schema"] | {"components": document["components"]}
    closed = schema | {"unevaluatedProperties": False}
    Draft202012Validator(closed).validate((await client.get(path)).json())
