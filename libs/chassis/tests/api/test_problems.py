"""Every answer that is not a success is a problem document, and none of them is an accident."""

from typing import Any

import httpx
import orjson
import pytest

from chassis.testing import TokenMint

THING = {"name": "n", "quantity": 1, "price": {"amount": 255, "currency": "GBP"}}


def thing_url(number: int) -> str:
    return f"/v1/things/00000000-0000-0000-0000-{number:012d}"


def problem_of(response: httpx.Response) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == response.status_code
    assert document["title"]
    return document


async def post(client: httpx.AsyncClient, mint: TokenMint, **body: Any) -> httpx.Response:
    headers = mint.headers(scopes={"things:write"}) | {"Idempotency-Key": "k"}
    return await client.post("/v1/things", headers=headers | body.pop("headers", {}), **body)


async def test_a_domain_error_becomes_its_row_of_the_table(client: httpx.AsyncClient) -> None:
    response = await client.get(thing_url(0))
    assert problem_of(response) == {
        "type": "/problems/thing-not-found",
        "title": "There is no such thing",
        "status": 404,
        "detail": "No thing 0.",
        "instance": thing_url(0),
    }


@pytest.mark.parametrize("number", [1, 2])
async def test_an_error_may_bring_members_and_header_fields(
    client: httpx.AsyncClient, number: int
) -> None:
    response = await client.get(thing_url(number))
    document = problem_of(response)
    assert document["type"] == "/problems/thing-changed"
    assert document["thing"] == {"version": 2}
    assert document["status"] == 412
    assert response.headers["etag"] == '"2"'


async def test_a_server_that_is_away_is_503_and_not_500(client: httpx.AsyncClient) -> None:
    response = await client.get(thing_url(3))
    assert problem_of(response)["type"] == "/problems/service-unavailable"
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"


async def test_a_bug_tells_the_client_nothing_but_the_id_of_its_request(
    client: httpx.AsyncClient,
) -> None:
    response = await client.get(thing_url(4))
    assert problem_of(response)["type"] == "/problems/internal-error"
    assert "ann@shop.example" not in response.text
    assert response.headers["x-request-id"]


async def test_an_unknown_path_and_a_wrong_method_are_problems(client: httpx.AsyncClient) -> None:
    assert problem_of(await client.get("/nowhere"))["type"] == "/problems/not-found"
    response = await client.delete(thing_url(9))
    assert problem_of(response)["type"] == "/problems/method-not-allowed"
    assert response.headers["allow"] == "GET"
    assert problem_of(await client.get("/v1/things/"))["status"] == 404


async def test_head_is_answered_as_get_without_its_body(client: httpx.AsyncClient) -> None:
    response = await client.head(thing_url(9))
    assert (response.status_code, response.content) == (200, b"")
    assert (await client.head(thing_url(0))).status_code == 404
    assert (await client.head("/v1/form")).status_code == 405


async def test_each_invalid_field_is_pointed_at_and_never_quoted(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    body = {
        "quantity": 1.5,
        "price": {"amount": True, "currency": "pounds of ann@shop.example"},
        "role/~": "admin",
    }
    document = problem_of(await post(client, mint, json=body))
    assert document["type"] == "/problems/validation-error"
    assert {error["pointer"] for error in document["errors"]} == {
        "#/name",
        "#/quantity",
        "#/price/amount",
        "#/price/currency",
        "#/role~1~0",
    }
    assert "ann@shop.example" not in orjson.dumps(document).decode()


@pytest.mark.parametrize(
    ("url", "pointer"),
    [
        ("/v1/things/not-a-uuid", "#/path/thing_id"),
        ("/v1/things?limit=0", "#/query/limit"),
        ("/v1/things?limit=101", "#/query/limit"),
        ("/v1/things?limit=1.5", "#/query/limit"),
        ("/v1/search", "#/query/q"),
        ("/v1/search?q=" + "x" * 11, "#/query/q"),
    ],
)
async def test_parameters_are_checked_too(
    client: httpx.AsyncClient, url: str, pointer: str
) -> None:
    document = problem_of(await client.get(url))
    assert document["type"] == "/problems/validation-error"
    assert [error["pointer"] for error in document["errors"]] == [pointer]


@pytest.mark.parametrize(
    "raw", [b"{", b"", b'{"quantity": NaN}', b"\xff", b"[" * 900 + b"]" * 900, b"null", b"1e400"]
)
async def test_no_body_is_an_accident(
    client: httpx.AsyncClient, mint: TokenMint, raw: bytes
) -> None:
    response = await post(client, mint, content=raw, headers={"Content-Type": "application/json"})
    assert problem_of(response)["status"] in {400, 422}


async def test_a_body_that_does_not_say_it_is_json_is_415(
    client: httpx.AsyncClient, mint: TokenMint
) -> None:
    response = await post(
        client, mint, content=orjson.dumps(THING), headers={"Content-Type": "text/plain"}
    )
    assert problem_of(response)["type"] == "/problems/unsupported-media-type"


async def test_a_body_over_a_mebibyte_is_413(client: httpx.AsyncClient, mint: TokenMint) -> None:
    large = await post(client, mint, json={**THING, "name": "x" * 1024 * 1024})
    assert problem_of(large)["type"] == "/problems/body-too-large"
    assert large.headers["connection"] == "close"

    async def chunks() -> Any:
        for _ in range(20):
            yield b"x" * 65536

    assert problem_of(await post(client, mint, content=chunks()))["status"] == 413


async def test_a_form_that_cannot_be_read_is_a_problem(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    assert (await client.post("/v1/form", data={"word": "x"})).json() == {"word": "x"}
    response = await client.post("/v1/form", content=b"\xff", headers=headers)
    assert problem_of(response)["status"] in {400, 422}


@pytest.mark.parametrize("url", ["/v1/search?q=%00", "/v1/things/%00", "/%00"])
async def test_nul_in_a_url_is_400(client: httpx.AsyncClient, url: str) -> None:
    assert problem_of(await client.get(url))["type"] == "/problems/bad-request"


@pytest.mark.parametrize("query", ["q=%ff", "q=%", "q=%zz", "q=a&q=b", "&&==&q=x", "q=%F0%9F%98"])
async def test_odd_queries_are_read_or_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/v1/search?{query}")).status_code in {200, 422}


async def test_a_wrong_method_is_told_every_method_of_the_resource(
    client: httpx.AsyncClient,
) -> None:
    # RFC 9110 section 15.5.6: also those of the path's other routes.
    refused = await client.delete("/v1/things")
    assert refused.status_code == 405
    assert refused.headers["allow"] == "GET, POST, PATCH"
