"""`/v1/audit-entries`: the admin reads who changed what, page by page, and nobody else does."""

from typing import Any

import httpx
import pytest

from auth.domain.rights import ROLE_SCOPES, Role
from chassis.ids import uuid7
from services.auth.tests.world import World

PATH = "/v1/audit-entries"


@pytest.fixture
def bearer(seeded: World) -> Any:
    """The header of a token, made as auth makes them."""

    def header(subject: str, scopes: frozenset[str], roles: frozenset[str]) -> dict[str, str]:
        now = int(seeded.clock().timestamp())
        document: dict[str, Any] = {
            "iss": seeded.issuer,
            "aud": "souk",
            "sub": subject,
            "client_id": "souk-operator",
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid7()),
            "scope": " ".join(scopes),
            "roles": sorted(roles),
        }
        return {"Authorization": f"Bearer {seeded.keys.signer.sign(document)}"}

    return header


@pytest.fixture
def admin(bearer: Any) -> dict[str, str]:
    found: dict[str, str] = bearer(str(uuid7()), ROLE_SCOPES[Role.ADMIN], frozenset({"admin"}))
    return found


@pytest.fixture
async def imported(api: httpx.AsyncClient, bearer: Any) -> list[str]:
    """The ids of three accounts that the operator brought in."""
    operator = bearer("souk-operator", frozenset({"users:import"}), frozenset())
    ids = []
    for number in range(3):
        body = {"email": f"customer-{number}@example.com", "name": f"Customer {number}"}
        made = await api.post("/v1/users/imports", json=body, headers=operator)
        assert made.status_code == 201, made.text
        ids.append(made.json()["id"])
    return ids


async def test_the_admin_reads_who_brought_in_whom(
    api: httpx.AsyncClient, admin: dict[str, str], imported: list[str]
) -> None:
    answer = await api.get(PATH, headers=admin)
    assert [item["target"] for item in answer.json()["items"]] == imported[::-1]
    newest = answer.json()["items"][0]
    assert (newest["actor"], newest["operation"]) == ("souk-operator", "import_user")
    assert newest["path"] == "/v1/users/imports"


async def test_a_repeated_import_is_no_change_and_no_entry(
    api: httpx.AsyncClient, admin: dict[str, str], imported: list[str], bearer: Any
) -> None:
    operator = bearer("souk-operator", frozenset({"users:import"}), frozenset())
    body = {"email": "customer-0@example.com", "name": "Customer 0"}
    assert (await api.post("/v1/users/imports", json=body, headers=operator)).status_code == 200
    assert len((await api.get(PATH, headers=admin)).json()["items"]) == 3


async def test_pages_follow_one_another(
    api: httpx.AsyncClient, admin: dict[str, str], imported: list[str]
) -> None:
    first = await api.get(f"{PATH}?limit=2", headers=admin)
    rest = await api.get(first.json()["_links"]["next"]["href"], headers=admin)
    seen = [item["target"] for page in (first, rest) for item in page.json()["items"]]
    assert seen == imported[::-1]
    assert "next" not in rest.json()["_links"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("actor=souk-operator", 3),
        ("actor=somebody-else", 0),
        ("operation=import_user&limit=1", 1),
        ("operation=refund_payment", 0),
        ("since=2020-01-01T00:00:00Z", 3),
        ("since=2999-01-01T00:00:00Z", 0),
    ],
)
async def test_filters_leave_what_fits(
    api: httpx.AsyncClient, admin: dict[str, str], imported: list[str], query: str, count: int
) -> None:
    answer = await api.get(f"{PATH}?{query}", headers=admin)
    assert len(answer.json()["items"]) == count


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=2026-01-01T00:00:00", "actor=", "cursor=x"]
)
async def test_a_filter_that_is_none_is_refused(
    api: httpx.AsyncClient, admin: dict[str, str], query: str
) -> None:
    assert (await api.get(f"{PATH}?{query}", headers=admin)).status_code in (400, 422)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_nobody_else_reads_it(api: httpx.AsyncClient, bearer: Any, role: Role) -> None:
    token = bearer(str(uuid7()), ROLE_SCOPES[role], frozenset({role.value}))
    assert (await api.get(PATH, headers=token)).status_code == 403
    assert (await api.get(PATH)).status_code == 401
