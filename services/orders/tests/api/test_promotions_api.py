"""The merchandiser's promotions over HTTP: made, read, changed as seen, ended."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response

from orders.api.promotion_examples import THREE_FOR_TWO, WELCOME
from orders.domain.promotions import MAX_AUTOMATIC
from orders.testing.buyer import Buyer, problem
from orders.testing.memory_shop import MemoryShop

Bearer = Callable[..., dict[str, str]]
PATH = "/v1/promotions"


@pytest.fixture
def headers(bearer: Bearer) -> dict[str, str]:
    return bearer(scopes=["promotions:write"])


async def made(
    client: AsyncClient, headers: dict[str, str], key: str = "k", **body: Any
) -> Response:
    keyed = headers | {"Idempotency-Key": key}
    return await client.post(PATH, json=WELCOME | body, headers=keyed)


async def test_a_promotion_is_made_and_read(client: AsyncClient, headers: dict[str, str]) -> None:
    answer = await made(client, headers)
    assert answer.status_code == 201
    body = answer.json()
    assert body["benefit"] == {"kind": "percentage", "percent": 10}
    assert (body["code"], body["limit_per_customer"], body["used"]) == ("WELCOME10", 1, 0)
    read = await client.get(answer.headers["location"], headers=headers)
    assert (read.json(), read.headers["etag"]) == (body, answer.headers["etag"])


async def test_a_key_makes_one_promotion_and_a_code_is_one_promotions(
    client: AsyncClient, headers: dict[str, str], shop: MemoryShop
) -> None:
    first, again = [await made(client, headers) for _ in range(2)]
    assert (first.status_code, again.json()) == (201, first.json())
    assert len(shop.promotions.stored) == 1
    assert problem(await made(client, headers, name="Other")) == (422, "idempotency-key-reused")
    assert problem(await made(client, headers, "other")) == (409, "code-taken")


@pytest.mark.parametrize(
    "benefit",
    [
        {"kind": "fixed_amount", "amount": {"amount": 500, "currency": "GBP"}},
        {"kind": "buy_and_get", "buy": 2, "free": 1},
        {"kind": "free_shipping"},
    ],
)
async def test_every_benefit_comes_back_as_it_was_given(
    client: AsyncClient, headers: dict[str, str], benefit: dict[str, Any]
) -> None:
    assert (await made(client, headers, benefit=benefit)).json()["benefit"] == benefit


@pytest.mark.parametrize(
    "change",
    [
        {"benefit": {"kind": "percentage", "percent": 0}},
        {"benefit": {"kind": "percentage", "percent": 101}},
        {"benefit": {"kind": "percentage", "percent": 10, "amount": 1}},
        {"benefit": {"kind": "fixed_amount", "amount": {"amount": 0, "currency": "GBP"}}},
        {"benefit": {"kind": "everything"}},
        {"code": "lower"},
        {"limit": 0},
        {"skus": [""]},
        {"used": 0},
        {"name": None},
        {"ends_at": "tomorrow"},
    ],
)
async def test_what_makes_no_promotion_is_refused(
    client: AsyncClient, headers: dict[str, str], change: dict[str, Any]
) -> None:
    assert problem(await made(client, headers, **change)) == (422, "validation-error")


@pytest.mark.parametrize(
    "change", [{"exclusive": True, "group": "a"}, {"ends_at": "2020-01-01T00:00:00Z"}]
)
async def test_a_promotion_does_not_contradict_itself(
    client: AsyncClient, headers: dict[str, str], change: dict[str, Any]
) -> None:
    assert problem(await made(client, headers, **change)) == (422, "invalid-promotion")


async def test_few_automatic_promotions_run_at_a_time(
    client: AsyncClient, headers: dict[str, str], shop: MemoryShop
) -> None:
    answers = [
        await made(client, headers, f"{n}", **THREE_FOR_TWO, code=None)
        for n in range(MAX_AUTOMATIC + 1)
    ]
    assert [answer.status_code for answer in answers[:-1]] == [201] * MAX_AUTOMATIC
    assert problem(answers[-1]) == (409, "too-many-automatic-promotions")
    await client.delete(answers[0].headers["location"], headers=headers)
    shop.now += timedelta(seconds=1)
    assert (await made(client, headers, "again", code=None)).status_code == 201


async def test_what_ended_before_it_began_takes_no_place_and_says_so(
    client: AsyncClient, headers: dict[str, str], shop: MemoryShop, customer: Buyer
) -> None:
    later = (shop.now + timedelta(days=9)).isoformat()
    for n in range(MAX_AUTOMATIC):
        answer = await made(client, headers, f"auto-{n}", code=None, starts_at=later, ends_at=None)
        assert (await client.delete(answer.headers["location"], headers=headers)).is_success
    coded = await made(client, headers, "coded", starts_at=later, ends_at=None)
    assert (await client.delete(coded.headers["location"], headers=headers)).is_success
    assert (await made(client, headers, "next", code=None)).status_code == 201
    code = f"/v1/carts/{customer.cart}/codes/{WELCOME['code']}"
    refused = await client.put(code, headers=customer.headers)
    assert (problem(refused)[0], refused.json()["reason"]) == (422, "ended")


async def test_an_ended_automatic_promotion_runs_again_only_where_there_is_room(
    client: AsyncClient, headers: dict[str, str], shop: MemoryShop
) -> None:
    answers = [await made(client, headers, f"{n}", code=None) for n in range(MAX_AUTOMATIC)]
    path = answers[0].headers["location"]
    await client.delete(path, headers=headers)
    shop.now += timedelta(seconds=1)
    other = (await made(client, headers, "other", code=None)).headers["location"]

    async def run_again() -> Response:
        seen = (await client.get(path, headers=headers)).headers["etag"]
        return await client.patch(
            path, json={"ends_at": None}, headers=headers | {"If-Match": seen}
        )

    assert problem(await run_again()) == (409, "too-many-automatic-promotions")
    assert (await client.get(path, headers=headers)).json()["ends_at"] is not None
    await client.delete(other, headers=headers)
    shop.now += timedelta(seconds=1)
    assert (await run_again()).json()["ends_at"] is None


async def test_a_promotion_is_changed_only_as_it_was_seen(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    created = await made(client, headers, minimum_subtotal={"amount": 900, "currency": "GBP"})
    path, etag = created.headers["location"], created.headers["etag"]
    patch = {"limit": 5, "minimum_subtotal": None, "skus": ["85123A"]}
    assert problem(await client.patch(path, json=patch, headers=headers)) == (
        428,
        "precondition-required",
    )
    changed = await client.patch(path, json=patch, headers=headers | {"If-Match": etag})
    expected = created.json() | patch
    assert (changed.status_code, changed.json()) == (200, expected)
    stale = await client.patch(path, json={"limit": 6}, headers=headers | {"If-Match": etag})
    assert problem(stale) == (412, "promotion-changed")


@pytest.mark.parametrize(
    "patch",
    [
        {"code": "OTHER"},
        {"benefit": {"kind": "free_shipping"}},
        {"name": None},
        {"starts_at": None},
    ],
)
async def test_what_a_promotion_is_never_changes(
    client: AsyncClient, headers: dict[str, str], patch: dict[str, Any]
) -> None:
    created = await made(client, headers)
    seen = headers | {"If-Match": created.headers["etag"]}
    answer = await client.patch(created.headers["location"], json=patch, headers=seen)
    assert problem(answer) == (422, "validation-error")


async def test_a_promotion_ends_and_stays(
    client: AsyncClient, headers: dict[str, str], shop: MemoryShop
) -> None:
    path = (await made(client, headers)).headers["location"]
    ends = []
    for _ in range(2):
        assert (await client.delete(path, headers=headers)).status_code == 204
        ends.append((await client.get(path, headers=headers)).json()["ends_at"])
        shop.now += timedelta(hours=1)
    assert ends[0] == ends[1] is not None


async def test_an_unknown_promotion_is_not_found(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    path = f"{PATH}/01990000-0000-7000-8000-000000000999"
    calls = [
        client.get(path, headers=headers),
        client.patch(path, json={"limit": 1}, headers=headers | {"If-Match": '"x"'}),
        client.delete(path, headers=headers),
    ]
    for call in calls:
        assert problem(await call) == (404, "promotion-not-found")


async def test_promotions_are_listed_newest_first(
    client: AsyncClient, headers: dict[str, str]
) -> None:
    codes = ["AAA", "BBB", "CCC"]
    for code in codes:
        await made(client, headers, code, code=code)
    first = (await client.get(f"{PATH}?limit=2", headers=headers)).json()
    rest = (await client.get(first["_links"]["next"]["href"], headers=headers)).json()
    assert [each["code"] for each in [*first["items"], *rest["items"]]] == codes[::-1]


async def test_only_a_merchandiser_may(client: AsyncClient, bearer: Bearer) -> None:
    assert (await client.get(PATH)).status_code == 401
    assert (await client.get(PATH, headers=bearer())).status_code == 403
