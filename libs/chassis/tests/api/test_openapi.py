"""The OpenAPI document says what the service does: problems, scopes, guests, required headers."""

from typing import Any

import httpx
import pytest

from chassis.openapi import refine


@pytest.fixture
async def document(client: httpx.AsyncClient) -> Any:
    return (await client.get("/openapi.json")).json()


def operations(document: Any) -> dict[str, Any]:
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }


async def test_only_the_routes_of_the_service_are_shown(document: Any) -> None:
    assert set(document["paths"]) == {
        "/v1/things",
        "/v1/things/{thing_id}",
        "/v1/audits",
        "/v1/search",
        "/v1/form",
    }
    assert document["info"]["title"] == "Sample"


async def test_invalid_requests_are_shown_as_problems(document: Any) -> None:
    for operation in operations(document).values():
        for status, slug in (("422", "validation-error"), ("default", "internal-error")):
            (content,) = operation["responses"][status]["content"].values()
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert content["examples"][slug]["value"]["type"] == f"/problems/{slug}"
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert "Problem" in document["components"]["schemas"]


async def test_a_route_shows_its_own_problems_by_name(document: Any) -> None:
    responses = operations(document)["read_thing"]["responses"]
    examples = responses["412"]["content"]["application/problem+json"]["examples"]
    assert examples["thing-changed"]["value"]["type"] == "/problems/thing-changed"


async def test_scopes_and_guests_are_shown(document: Any) -> None:
    shown = operations(document)
    assert shown["make_thing"]["security"] == [{"souk": ["things:write"]}]
    assert {"401", "403"} <= set(shown["make_thing"]["responses"])
    assert shown["read_thing"]["security"] == [{"souk": []}, {}]
    assert "security" not in shown["list_things"]
    alternatives = [{"souk": ["audits:read"]}, {"souk": ["audits:read_all"]}]
    assert shown["list_audits"]["security"] == alternatives
    assert {"401", "403"} <= set(shown["list_audits"]["responses"])
    flow = document["components"]["securitySchemes"]["souk"]["flows"]["authorizationCode"]
    assert flow["authorizationUrl"] == "/oauth/authorize"
    assert flow["tokenUrl"] == "/oauth/token"
    assert flow["scopes"] == dict.fromkeys(["audits:read", "audits:read_all", "things:write"], "")
    assert list(document["components"]["securitySchemes"]) == ["souk"]


async def test_a_demanded_header_is_shown_as_required(document: Any) -> None:
    def header(operation_id: str) -> Any:
        parameters = operations(document)[operation_id]["parameters"]
        return next(found for found in parameters if found["name"] == "Idempotency-Key")

    assert header("make_thing")["required"] is True
    assert header("try_thing")["required"] is False
    assert "x-demanded" not in str(document)


def test_the_service_that_grants_scopes_describes_them() -> None:
    operation = {"security": [{"souk": ["things:write"]}]}
    flow: dict[str, Any] = {"scopes": {}}
    schemes = {"souk": {"flows": {"authorizationCode": flow}}}
    document = {"paths": {"/": {"get": operation}}, "components": {"securitySchemes": schemes}}
    refine(document, {"profile": "Read your profile"})
    assert flow["scopes"] == {"profile": "Read your profile", "things:write": ""}


def test_a_null_that_an_example_lost_is_put_back() -> None:
    item = {"required": ["sold_at"], "properties": {"sold_at": {"type": ["string", "null"]}}}
    listed = {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}
    page = {"properties": {"items": listed}, "examples": [{"items": [{}, {"sold_at": "now"}]}]}
    refine({"components": {"schemas": {"Item": item, "Page": page}}})
    assert page["examples"] == [{"items": [{"sold_at": None}, {"sold_at": "now"}]}]
