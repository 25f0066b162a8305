"""One OpenAPI document out of several, without names that clash."""

from typing import Any

import pytest

from chassis.problems import Problem
from gateway.openapi.merge import merge
from gateway.openapi.names import NamesClash, operations
from gateway.pages.problem_types import ProblemTypes, describe

ORIGIN = "http://localhost:8080"


def document(service: str, path: str, **operation: Any) -> dict[str, Any]:
    """A service's document with one GET, a Status of its own and the shared Problem."""
    schema = {"$ref": "#/components/schemas/Status"}
    answer = {"description": "", "content": {"application/json": {"schema": schema}}}
    flow = {
        "authorizationUrl": "/oauth/authorize",
        "tokenUrl": "/oauth/token",
        "scopes": {f"{service}:read": ""},
    }
    scheme = {"type": "oauth2", "flows": {"authorizationCode": flow}}
    return {
        "openapi": "3.1.0",
        "info": {"title": service, "version": "1", "description": f"About {service}."},
        "paths": {
            path: {
                "get": {
                    "operationId": f"list_{service}",
                    "tags": [service],
                    "responses": {"200": answer},
                    **operation,
                }
            },
            "/v1/other": {"get": {"operationId": "hidden", "responses": {}}},
        },
        "components": {
            "schemas": {
                "Status": {"type": "string", "title": "Status", "enum": [service]},
                "Problem": Problem.model_json_schema(),
            },
            "securitySchemes": {"souk": scheme},
        },
    }


def merged(*, missing: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    documents = {
        "orders": document("orders", "/v1/orders", **changes),
        "payments": document("payments", "/v1/payments", **changes),
    }
    return merge(documents, missing, ORIGIN)


def test_components_are_named_after_their_service_and_still_found() -> None:
    schemas = merged()["components"]["schemas"]
    assert set(schemas) == {"Problem", "orders.Status", "payments.Status"}
    assert schemas["payments.Status"]["enum"] == ["payments"]
    get = merged()["paths"]["/v1/payments"]["get"]
    reference = get["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert reference == "#/components/schemas/payments.Status"


def test_names_do_not_depend_on_who_answers() -> None:
    alone = merge({"orders": document("orders", "/v1/orders")}, ["payments"], ORIGIN)
    assert set(alone["components"]["schemas"]) == {"Problem", "orders.Status"}


def test_every_reference_leads_somewhere() -> None:
    whole = merged()

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [found for value in node.values() for found in references(value)]
        return (
            [found for item in node for found in references(item)] if isinstance(node, list) else []
        )

    assert references(whole)
    for reference in references(whole):
        place: Any = whole
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_the_mapping_of_a_discriminator_follows() -> None:
    choice = {
        "discriminator": {"propertyName": "kind", "mapping": {"s": "#/components/schemas/Status"}}
    }
    get = merged(requestBody=choice)["paths"]["/v1/orders"]["get"]
    assert get["requestBody"]["discriminator"]["mapping"] == {
        "s": "#/components/schemas/orders.Status"
    }


def test_only_paths_that_the_gateway_forwards_are_shown() -> None:
    assert set(merged()["paths"]) == {"/v1/orders", "/v1/payments"}
    foreign = merge({"orders": document("orders", "/v1/payments")}, [], ORIGIN)
    assert foreign["paths"] == {}


def test_scopes_are_united_and_urls_are_of_this_origin() -> None:
    flow = merged()["components"]["securitySchemes"]["souk"]["flows"]["authorizationCode"]
    assert flow["scopes"] == {"orders:read": "", "payments:read": ""}
    assert flow["authorizationUrl"] == f"{ORIGIN}/oauth/authorize"
    assert flow["tokenUrl"] == f"{ORIGIN}/oauth/token"


def test_a_scope_is_what_the_service_says_that_grants_it() -> None:
    auth, orders = document("auth", "/v1/users"), document("orders", "/v1/orders")
    flow = auth["components"]["securitySchemes"]["souk"]["flows"]["authorizationCode"]
    flow["scopes"] = {"orders:read": "Read your own orders"}
    for documents in ({"auth": auth, "orders": orders}, {"orders": orders, "auth": auth}):
        schemes = merge(documents, [], ORIGIN)["components"]["securitySchemes"]
        scopes = schemes["souk"]["flows"]["authorizationCode"]["scopes"]
        assert scopes == {"orders:read": "Read your own orders"}


def test_the_services_documents_are_left_as_they_were() -> None:
    first = document("orders", "/v1/orders")
    merge({"orders": first, "payments": document("payments", "/v1/payments")}, [], ORIGIN)
    assert first == document("orders", "/v1/orders")


def test_a_service_that_is_away_is_named() -> None:
    assert "**payments**" in merged(missing=("payments",))["info"]["description"]
    assert "Not answering" not in merged()["info"]["description"]


def test_operation_ids_are_kept() -> None:
    ids = [op["operationId"] for _, _, op in operations(merged())]
    assert ids == ["list_orders", "list_payments"]


def test_components_of_every_kind_are_kept_apart() -> None:
    orders, payments = document("orders", "/v1/orders"), document("payments", "/v1/payments")
    for one in (orders, payments):
        one["components"]["parameters"] = {"Limit": {"name": one["info"]["title"], "in": "query"}}
        one["paths"]["/v1/" + one["info"]["title"]]["get"]["parameters"] = [
            {"$ref": "#/components/parameters/Limit"}
        ]
    whole = merge({"orders": orders, "payments": payments}, [], ORIGIN)
    assert set(whole["components"]["parameters"]) == {"orders.Limit", "payments.Limit"}
    get = whole["paths"]["/v1/payments"]["get"]
    assert get["parameters"] == [{"$ref": "#/components/parameters/payments.Limit"}]


def test_a_problem_that_differs_from_the_shared_one_is_its_services_own() -> None:
    orders = document("orders", "/v1/orders")
    orders["components"]["schemas"]["Problem"] = {"type": "object", "title": "Mine"}
    schemas = merge({"orders": orders}, [], ORIGIN)["components"]["schemas"]
    assert schemas["orders.Problem"] == {"type": "object", "title": "Mine"}
    assert schemas["Problem"] == Problem.model_json_schema()


def test_a_path_of_two_services_is_his_to_whom_the_gateway_sends_it() -> None:
    intruder = document("payments", "/v1/orders")
    for documents in (
        {"orders": document("orders", "/v1/orders"), "payments": intruder},
        {"payments": intruder, "orders": document("orders", "/v1/orders")},
    ):
        paths = merge(documents, [], ORIGIN)["paths"]
        assert paths["/v1/orders"]["get"]["operationId"] == "list_orders"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"operationId": "list"}, "orders and payments both have the operation 'list'"),
        ({"tags": ["money"]}, "orders and payments both have the tag 'money'"),
    ],
)
def test_an_operation_and_a_tag_have_one_service(change: dict[str, Any], said: str) -> None:
    with pytest.raises(NamesClash) as clash:
        merged(**change)
    assert str(clash.value) == said


def test_a_service_uses_an_operation_id_once() -> None:
    orders = document("orders", "/v1/orders")
    orders["paths"]["/v1/carts"] = orders["paths"]["/v1/orders"]
    with pytest.raises(NamesClash, match="orders has the operation 'list_orders' twice"):
        merge({"orders": orders}, [], ORIGIN)


def test_what_cannot_be_reached_clashes_with_nothing() -> None:
    # Both have /v1/other with the same id, and the gateway forwards neither.
    assert "/v1/other" not in merged()["paths"]


def test_a_security_scheme_means_the_same_everywhere_but_for_its_scopes() -> None:
    orders, payments = document("orders", "/v1/orders"), document("payments", "/v1/payments")
    flow = payments["components"]["securitySchemes"]["souk"]["flows"]["authorizationCode"]
    flow["tokenUrl"] = "/elsewhere"
    with pytest.raises(NamesClash, match="payments describes the security scheme 'souk' otherwise"):
        merge({"orders": orders, "payments": payments}, [], ORIGIN)


def test_tags_carry_what_their_service_is_about() -> None:
    assert merged()["tags"] == [
        {"name": "orders", "description": "About orders."},
        {"name": "payments", "description": "About payments."},
    ]


def test_a_tag_that_a_service_describes_keeps_its_own_words() -> None:
    orders = document("orders", "/v1/orders")
    orders["tags"] = [{"name": "orders", "description": "Place and cancel."}]
    tags = merge({"orders": orders}, [], ORIGIN)["tags"]
    assert tags == [{"name": "orders", "description": "Place and cancel."}]


def test_a_parameter_is_prefilled_from_its_schemas_first_example() -> None:
    parameter = {"name": "x", "in": "query", "schema": {"examples": ["a", "b"]}}
    get = merged(parameters=[parameter])["paths"]["/v1/orders"]["get"]
    assert get["parameters"][0]["example"] == "a"


@pytest.mark.parametrize("slug", ["too-many-requests", "validation-error", "bad-gateway"])
def test_problem_types_of_the_edge_are_known_and_explained(slug: str) -> None:
    known = ProblemTypes().find(slug)
    assert known is not None
    assert describe(known)


def test_problem_types_are_learned_from_the_examples_of_operations() -> None:
    example = {"type": "/problems/out-of-stock", "title": "Out of stock", "status": 409}
    content = {"application/problem+json": {"examples": {"x": {"value": example}}}}
    types = ProblemTypes()
    assert types.find("out-of-stock") is None
    for _ in range(2):
        types.learn(merged(responses={"409": {"description": "", "content": content}}))
    known = types.find("out-of-stock")
    assert known is not None
    assert (known.status, known.operations) == (409, ["GET /v1/orders", "GET /v1/payments"])
