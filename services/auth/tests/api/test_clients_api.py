"""Client registration: what the admin may register, what each client can then do, and its end."""

from typing import Any

import httpx
import pytest

from services.auth.tests.api.test_users_api import token
from services.auth.tests.operator_key import OperatorKey
from services.auth.tests.world import CodeFlow, World

CLIENTS = "/v1/clients"
MACHINE = {
    "client_name": "Nightly report",
    "grant_types": ["client_credentials"],
    "scopes": ["orders:read_all", "payments:read"],
    "token_endpoint_auth_method": "client_secret_basic",
}
WEB = {
    "client_name": "Price watcher",
    "grant_types": ["authorization_code", "refresh_token"],
    "scopes": ["openid", "profile"],
    "redirect_uris": ["https://prices.example/callback"],
    "token_endpoint_auth_method": "client_secret_post",
}
CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.fixture
async def admin(seeded: World) -> dict[str, str]:
    return {"Authorization": await token(seeded, "clients:write")}


async def register(api: httpx.AsyncClient, admin: dict[str, str], body: Any) -> dict[str, Any]:
    answer = await api.post(CLIENTS, json=body, headers=admin)
    assert answer.status_code == 201, answer.text
    client: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{CLIENTS}/{client['client_id']}"
    return client


async def test_a_secret_is_shown_once_and_kept_as_a_hash(
    api: httpx.AsyncClient, admin: dict[str, str], seeded: World
) -> None:
    client = await register(api, admin, MACHINE)
    assert len(client["client_secret"]) == 43
    path = f"{CLIENTS}/{client['client_id']}"
    shown = await api.get(path, headers=admin)
    assert shown.json() == {**client, "client_secret": None}
    assert client["client_secret"] not in repr(seeded.uow.shelf.clients)
    listed = (await api.get(CLIENTS, headers=admin)).json()["items"]
    assert [item["client_id"] for item in listed] == [
        *(client["client_id"], "souk-console", "souk-operator", "swagger-ui")
    ]


async def test_a_machine_signs_in_as_it_is_registered_and_in_no_other_way(
    api: httpx.AsyncClient, admin: dict[str, str], seeded: World
) -> None:
    client = await register(api, admin, MACHINE)
    name, secret = client["client_id"], client["client_secret"]
    answer = await api.post("/oauth/token", data=CREDENTIALS, auth=(name, secret))
    claims = await seeded.verifier.verify(answer.json()["access_token"])
    assert claims.subject == name
    assert claims.scopes == {"orders:read_all", "payments:read"}
    for data, auth, error in (
        ({}, (name, "guess"), "invalid_client"),
        ({}, (name, ""), "invalid_client"),
        ({"client_id": "swagger-ui"}, (name, secret), "invalid_client"),
        ({"client_secret": secret}, (name, secret), "invalid_request"),
        ({"client_id": name, "client_secret": secret}, None, "invalid_client"),
        ({"client_id": name}, None, "invalid_client"),
    ):
        form = {**CREDENTIALS, **data}
        refused = await (
            api.post("/oauth/token", data=form, auth=auth)
            if auth
            else api.post("/oauth/token", data=form)
        )
        assert refused.json()["error"] == error, (data, auth)


@pytest.mark.parametrize(
    "header", ["Bearer x", "Basic", "Basic !", "Basic bm9jb2xvbg==", "Basic w6Q6"]
)
async def test_an_unreadable_authorization_header_is_no_client(
    api: httpx.AsyncClient, header: str
) -> None:
    headers = {"Authorization": header}
    answer = await api.post("/oauth/token", data=CREDENTIALS, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_client_with_a_key_signs_its_assertions(
    api: httpx.AsyncClient, admin: dict[str, str], operator_key: OperatorKey
) -> None:
    body = {**MACHINE, "token_endpoint_auth_method": "private_key_jwt"}
    client = await register(api, admin, {**body, "public_key": operator_key.public})
    assert client["client_secret"] is None
    name = client["client_id"]
    form = {**CREDENTIALS, **operator_key.credentials(iss=name, sub=name)}
    assert (await api.post("/oauth/token", data=form)).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"grant_types": []},
        {"grant_types": ["password"]},
        {"grant_types": ["refresh_token"]},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"]},
        {"grant_types": ["authorization_code"], "redirect_uris": []},
        {"grant_types": ["client_credentials"]},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"redirect_uris": ["https://a.example/1"] * 2},
        {"redirect_uris": ["https://a.example/*"]},
        {"post_logout_redirect_uris": ["http://a.example/"]},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"public_key": {"kty": "oct", "k": "c2VjcmV0"}},
        {"public_key": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        {"public_key": {"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AQAB"}},
        {"client_id": "swagger-ui"},
        {"client_secret": "mine"},
    ],
    ids=str,
)
async def test_what_does_not_fit_together_is_refused(
    api: httpx.AsyncClient, admin: dict[str, str], change: dict[str, Any]
) -> None:
    answer = await api.post(CLIENTS, json={**WEB, **change}, headers=admin)
    assert answer.status_code == 422


async def test_a_public_client_has_no_credentials_grant(
    api: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    public = {**MACHINE, "token_endpoint_auth_method": "none"}
    assert (await api.post(CLIENTS, json=public, headers=admin)).status_code == 422


async def test_a_change_needs_the_version_that_it_was_made_from(
    api: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    answer = await api.post(CLIENTS, json=WEB, headers=admin)
    path, etag = answer.headers["location"], answer.headers["etag"]
    headers = {**admin, "If-Match": etag}
    changed = await api.patch(path, json={"client_name": "Watch"}, headers=headers)
    assert changed.json()["client_name"] == "Watch"
    assert changed.json()["redirect_uris"] == WEB["redirect_uris"]
    for call in (api.patch(path, json={}, headers=headers), api.delete(path, headers=headers)):
        assert (await call).status_code == 412
    bad = await api.patch(path, json={"redirect_uris": ["http://x.example/"]}, headers=admin)
    assert bad.status_code == 422
    method = {"token_endpoint_auth_method": "none"}
    assert (await api.patch(path, json=method, headers=admin)).status_code == 422


async def test_a_removed_client_is_gone_with_all_that_it_had(
    api: httpx.AsyncClient, admin: dict[str, str], seeded: World
) -> None:
    body = {**WEB, "first_party": True, "token_endpoint_auth_method": "none"}
    client = await register(api, admin, body)
    flow = CodeFlow(api, redirect_uri=WEB["redirect_uris"][0])
    name = client["client_id"]
    answer = await flow.sign_in("customer@souk.example", client_id=name)
    code = dict(httpx.URL(answer.headers["location"]).params)["code"]
    tokens = (await flow.redeem(code, client_id=name)).json()
    assert (await api.delete(f"{CLIENTS}/{name}", headers=admin)).status_code == 204
    assert (await api.get(f"{CLIENTS}/{name}", headers=admin)).status_code == 404
    refused = await flow.refresh(tokens["refresh_token"], client_id=name)
    assert refused.json()["error"] == "invalid_client"
    claims = await seeded.verifier.verify(tokens["access_token"])
    assert ("grant", claims.grant) in seeded.uow.shelf.revocations


async def test_the_configurations_clients_are_not_changed_here(
    api: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    path = f"{CLIENTS}/swagger-ui"
    assert (await api.get(path, headers=admin)).status_code == 200
    assert (await api.patch(path, json={}, headers=admin)).status_code == 409
    assert (await api.delete(path, headers=admin)).status_code == 409


async def test_a_repeated_registration_registers_one_client(
    api: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    headers = {**admin, "Idempotency-Key": "k-1"}
    first, second = [await api.post(CLIENTS, json=WEB, headers=headers) for _ in range(2)]
    assert first.json()["client_id"] == second.json()["client_id"]
    assert second.json()["client_secret"] is None
    other = await api.post(CLIENTS, json={**WEB, "client_name": "Other"}, headers=headers)
    assert other.status_code == 422


@pytest.mark.parametrize("scopes", [[], ["users:write", "keys:write"]])
async def test_only_who_may_register_clients_sees_them(
    api: httpx.AsyncClient, seeded: World, scopes: list[str]
) -> None:
    headers = {"Authorization": await token(seeded, *scopes)}
    for method, path in (("GET", CLIENTS), ("GET", f"{CLIENTS}/x"), ("DELETE", f"{CLIENTS}/x")):
        assert (await api.request(method, path, headers=headers)).status_code == 403
    assert (await api.post(CLIENTS, json=WEB, headers=headers)).status_code == 403
