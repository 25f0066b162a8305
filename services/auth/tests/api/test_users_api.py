"""Accounts over HTTP: registering, importing, reading and changing them."""

from typing import Any

import httpx
import pytest

from auth.application.seed import DEMO_ACCOUNTS
from services.auth.tests.world import World

ADA = {"email": "Ada@Example.com", "name": " Ada  Lovelace ", "password": "correct horse battery"}
CUSTOMER = str(DEMO_ACCOUNTS[0][0])


async def token(world: World, *scopes: str, subject: str = CUSTOMER, **claims: Any) -> str:
    """Signs a token as the service would."""
    document = {
        "iss": world.issuer,
        "aud": "souk",
        "sub": subject,
        "client_id": "swagger-ui",
        "iat": int(world.clock().timestamp()),
        "exp": int(world.clock().timestamp()) + 300,
        "jti": "1",
        "scope": " ".join(scopes),
        **claims,
    }
    return f"Bearer {world.keys.signer.sign(document)}"


async def test_registering_opens_a_customers_account(api: httpx.AsyncClient, seeded: World) -> None:
    seeded.uow.published.clear()
    answer = await api.post("/v1/users", json=ADA)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert answer.headers["location"] == f"/v1/users/{body['id']}"
    assert (body["email"], body["name"]) == ("Ada@example.com", "Ada Lovelace")
    assert (body["roles"], body["imported"]) == (["customer"], False)
    assert body["_links"] == {"self": {"href": "/v1/users/me"}}
    assert "password" not in answer.text
    ((topic, event),) = seeded.uow.published
    assert (topic, event.type, event.subject) == (
        "auth.events",
        "auth.user_registered.v1",
        body["id"],
    )


async def test_an_address_has_one_account_whatever_its_letter_case(api: httpx.AsyncClient) -> None:
    assert (await api.post("/v1/users", json=ADA)).status_code == 201
    answer = await api.post("/v1/users", json={**ADA, "email": "aDA@EXAMPLE.COM "})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/email-taken")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"role": "admin"}, "#/role"),
        ({"roles": ["admin"]}, "#/roles"),
        ({"status": "active"}, "#/status"),
        ({"imported_by": "souk-operator"}, "#/imported_by"),
        ({"email": "no address"}, "#/email"),
        ({"email": "a@localhost"}, "#/email"),
        ({"email": f"{'a' * 250}@example.com"}, "#/email"),
        ({"email": "a\u202e@example.com"}, "#/email"),
        ({"email": 7}, "#/email"),
        ({"email": None}, "#/email"),
        ({"name": "   "}, "#/name"),
        ({"name": "x" * 121}, "#/name"),
        ({"name": "bell \u0007"}, "#/name"),
        ({"password": "too short"}, "#/password"),
        ({"password": "x" * 129}, "#/password"),
        ({"password": "password123"}, "#/password"),
        ({"password": "ada@example.com"}, "#/password"),
        ({"password": {"$ne": ""}}, "#/password"),
    ],
)
async def test_a_field_that_does_not_fit_is_named_and_nothing_is_made(
    api: httpx.AsyncClient, seeded: World, change: dict[str, Any], pointer: str
) -> None:
    answer = await api.post("/v1/users", json={**ADA, **change})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/validation-error")
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert ADA["password"] not in answer.text
    assert len(seeded.uow.shelf.users) == 5


async def test_a_password_that_is_easy_to_guess_is_refused_in_a_clear_sentence(
    api: httpx.AsyncClient,
) -> None:
    answer = await api.post("/v1/users", json={**ADA, "password": "qwertyuiop"})
    assert answer.status_code == 422
    detail = answer.json()["errors"][0]["detail"]
    assert detail.startswith("is easy to guess: choose a longer one")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"email": "\\ud800"}', b'{"name": "\\u0000"}'])
async def test_a_body_that_is_no_object_of_text_is_refused(
    api: httpx.AsyncClient, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    answer = await api.post("/v1/users", content=body, headers=headers)
    assert answer.status_code in {400, 422}


async def test_a_repeated_registration_with_one_key_makes_one_account(
    api: httpx.AsyncClient, seeded: World
) -> None:
    headers = {"Idempotency-Key": "ada-1"}
    first = await api.post("/v1/users", json=ADA, headers=headers)
    second = await api.post("/v1/users", json=ADA, headers=headers)
    assert (second.status_code, second.headers["location"]) == (201, first.headers["location"])
    assert second.json() == first.json()
    assert len(seeded.uow.shelf.users) == 6


@pytest.mark.parametrize(
    "change", [{"password": "another password"}, {"name": "Grace"}, {"email": "g@example.com"}]
)
async def test_a_key_that_stands_for_another_registration_is_refused(
    api: httpx.AsyncClient, change: dict[str, str]
) -> None:
    headers = {"Idempotency-Key": "ada-1"}
    await api.post("/v1/users", json=ADA, headers=headers)
    answer = await api.post("/v1/users", json={**ADA, **change}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/idempotency-key-reused"


async def test_no_quick_digest_of_a_password_is_kept_with_the_key(
    api: httpx.AsyncClient, seeded: World
) -> None:
    for number, password in enumerate(("correct horse battery", "another password")):
        seeded.uow.shelf.users.clear()
        headers = {"Idempotency-Key": str(number)}
        answer = await api.post("/v1/users", json={**ADA, "password": password}, headers=headers)
        assert answer.status_code == 201
    fingerprints = {stored[0] for stored in seeded.uow.idempotency.answers.values()}
    assert len(fingerprints) == 1


async def test_everybody_reads_their_own_account(api: httpx.AsyncClient, seeded: World) -> None:
    headers = {"Authorization": await token(seeded, "profile")}
    answer = await api.get("/v1/users/me", headers=headers)
    assert answer.json()["email"] == "customer@souk.example"
    assert answer.headers["cache-control"] == "private, no-cache"
    etag = answer.headers["etag"]
    again = await api.get("/v1/users/me", headers={**headers, "If-None-Match": etag})
    assert (again.status_code, again.headers["etag"], again.content) == (304, etag, b"")


async def test_a_name_changes_and_with_it_the_tag(api: httpx.AsyncClient, seeded: World) -> None:
    headers = {"Authorization": await token(seeded, "profile")}
    etag = (await api.get("/v1/users/me", headers=headers)).headers["etag"]
    headers["If-Match"] = etag
    changed = await api.patch("/v1/users/me", json={"name": "Cas"}, headers=headers)
    assert (changed.status_code, changed.json()["name"]) == (200, "Cas")
    assert changed.headers["etag"] != etag
    late = await api.patch("/v1/users/me", json={"name": "Other"}, headers=headers)
    assert (late.status_code, late.json()["type"]) == (412, "/problems/profile-changed")
    assert seeded.uow.shelf.users[DEMO_ACCOUNTS[0][0]].name == "Cas"


async def test_an_empty_patch_changes_nothing(api: httpx.AsyncClient, seeded: World) -> None:
    headers = {
        "Authorization": await token(seeded, "profile"),
        "Content-Type": "application/merge-patch+json",
    }
    answer = await api.patch("/v1/users/me", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["name"]) == (200, "Casey Customer")


@pytest.mark.parametrize(
    "patch",
    [{"name": None}, {"name": ""}, {"roles": ["admin"]}, {"email": "x@example.com"}, {"id": 1}],
)
async def test_nobody_patches_what_is_not_theirs_to_change(
    api: httpx.AsyncClient, seeded: World, patch: dict[str, Any]
) -> None:
    headers = {"Authorization": await token(seeded, "profile")}
    answer = await api.patch("/v1/users/me", json=patch, headers=headers)
    assert answer.status_code == 422
    assert seeded.uow.shelf.users[DEMO_ACCOUNTS[0][0]].name == "Casey Customer"


async def test_staff_with_the_scope_reads_anybody(api: httpx.AsyncClient, seeded: World) -> None:
    path = f"/v1/users/{CUSTOMER}"
    assert (await api.get(path)).status_code == 401
    customer = {"Authorization": await token(seeded, "profile")}
    assert (await api.get(path, headers=customer)).status_code == 403
    staff = {"Authorization": await token(seeded, "users:read")}
    answer = await api.get(path, headers=staff)
    assert answer.json()["_links"]["self"]["href"] == path
    for path, status in ((CUSTOMER[:-1] + "9", 404), ("no-uuid", 422)):
        assert (await api.get(f"/v1/users/{path}", headers=staff)).status_code == status


async def test_a_machine_has_no_account_of_its_own(api: httpx.AsyncClient, seeded: World) -> None:
    headers = {"Authorization": await token(seeded, "profile", subject="souk-operator")}
    assert (await api.get("/v1/users/me", headers=headers)).status_code == 401


async def test_an_import_is_idempotent_for_the_client_that_made_it(
    api: httpx.AsyncClient, seeded: World
) -> None:
    body = {"email": "customer-1@example.com", "name": "Customer 1"}
    operator = {"Authorization": await token(seeded, "users:import", client_id="souk-operator")}
    first = await api.post("/v1/users/imports", json=body, headers=operator)
    assert (first.status_code, first.json()["imported"]) == (201, True)
    second = await api.post("/v1/users/imports", json=body, headers=operator)
    assert (second.status_code, second.json()) == (200, first.json())
    other = {"Authorization": await token(seeded, "users:import", client_id="other")}
    assert (await api.post("/v1/users/imports", json=body, headers=other)).status_code == 409
    taken = {"email": "customer@souk.example", "name": "Casey"}
    assert (await api.post("/v1/users/imports", json=taken, headers=operator)).status_code == 409
    assert seeded.passwords.computed == 0
    assert [event.data["imported"] for _topic, event in seeded.uow.published[-1:]] == [True]


async def test_an_import_with_a_key_answers_the_same_again(
    api: httpx.AsyncClient, seeded: World
) -> None:
    body = {"email": "customer-1@example.com", "name": "Customer 1"}
    headers = {
        "Authorization": await token(seeded, "users:import", client_id="souk-operator"),
        "Idempotency-Key": "1",
    }
    for _ in range(2):
        answer = await api.post("/v1/users/imports", json=body, headers=headers)
        assert answer.status_code == 201
    reused = await api.post("/v1/users/imports", json={**body, "name": "X"}, headers=headers)
    assert reused.status_code == 422


async def test_importing_needs_the_scope(api: httpx.AsyncClient, seeded: World) -> None:
    headers = {"Authorization": await token(seeded, "users:write")}
    body = {"email": "customer-1@example.com", "name": "Customer 1"}
    assert (await api.post("/v1/users/imports", json=body, headers=headers)).status_code == 403
