"""What the operator's client can do, and all that it cannot: assertions and token exchange."""

import base64
from typing import Any

import httpx
import pytest

from services.auth.tests.operator_key import OperatorKey
from services.auth.tests.world import World

IMPORT = {"email": "customer-17850@example.com", "name": "Customer 17850"}


async def ask(api: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    return await api.post("/oauth/token", data=form)


@pytest.fixture
async def account(api: httpx.AsyncClient, operator_key: OperatorKey) -> str:
    """The id of an account that the operator imported."""
    token = (await ask(api, operator_key.client_credentials())).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    answer = await api.post("/v1/users/imports", json=IMPORT, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_machine_gets_a_token_for_itself(
    api: httpx.AsyncClient, operator_key: OperatorKey, seeded: World
) -> None:
    answer = (await ask(api, operator_key.client_credentials())).json()
    claims = await seeded.verifier.verify(answer["access_token"])
    assert claims.subject == claims.client_id == "souk-operator"
    assert claims.roles == frozenset()
    assert claims.scopes == {
        *("catalog:write", "stock:read", "stock:write"),
        *("orders:read_all", "messages:read_all", "users:import"),
        *("orders:fulfil", "orders:return_all", "orders:refund"),
    }
    assert "refresh_token" not in answer


async def test_a_machine_may_ask_for_less_and_never_for_more(
    api: httpx.AsyncClient, operator_key: OperatorKey
) -> None:
    less = await ask(api, operator_key.client_credentials(scope="stock:read"))
    assert less.json()["scope"] == "stock:read"
    more = await ask(api, operator_key.client_credentials(scope="stock:read users:write"))
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


async def test_an_assertion_may_be_nested_as_deep_as_anybody_likes(
    api: httpx.AsyncClient, operator_key: OperatorKey
) -> None:
    header, _claims, signature = operator_key.sign("souk-operator").split(".")
    deep = base64.urlsafe_b64encode(b"[" * 5000).rstrip(b"=").decode()
    for assertion in (f"{header}.{deep}.{signature}", f"{deep}.{deep}.{signature}"):
        form = operator_key.client_credentials(client_assertion=assertion)
        refused = await ask(api, form)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "swagger-ui"},
        {"iss": None},
        {"iss": "\0"},
        {"sub": "swagger-ui"},
        {"sub": None},
        {"aud": "http://elsewhere.example"},
        {"aud": None},
        {"aud": []},
        {"exp": None},
        {"exp": 1},
        {"exp": 2**62},
        {"exp": "soon"},
        {"exp": 1e308},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 256},
        {"jti": 7},
        {"jti": "\0"},
        {"nbf": 2**40},
        {"iat": 2**40},
    ],
)
async def test_an_assertion_with_a_wrong_claim_is_refused(
    api: httpx.AsyncClient, operator_key: OperatorKey, claims: dict[str, Any]
) -> None:
    form = {"grant_type": "client_credentials", **operator_key.credentials(**claims)}
    answer = await ask(api, form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("audience", ["http://localhost:8080", "http://localhost:8080/oauth/token"])
async def test_the_server_answers_to_its_issuer_and_to_its_token_endpoint(
    api: httpx.AsyncClient, operator_key: OperatorKey, audience: str
) -> None:
    form = {"grant_type": "client_credentials", **operator_key.credentials(aud=audience)}
    assert (await ask(api, form)).status_code == 200


async def test_an_assertion_works_once(api: httpx.AsyncClient, operator_key: OperatorKey) -> None:
    form = operator_key.client_credentials()
    assert (await ask(api, form)).status_code == 200
    assert (await ask(api, form)).json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "assertion", ["", "x", "a.b.c", "e30.e30.", "eyJhbGciOiJub25lIn0.e30.", "x" * 9000, "ä.b.c"]
)
async def test_a_text_that_is_no_assertion_is_refused(
    api: httpx.AsyncClient, operator_key: OperatorKey, assertion: str
) -> None:
    form = operator_key.client_credentials(client_assertion=assertion)
    answer = await ask(api, form)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] in {"invalid_client", "invalid_request"}


@pytest.mark.parametrize("headers", [{"typ": "at+jwt"}, {"crit": ["x"], "x": 1}])
async def test_an_assertion_of_another_type_is_refused(
    api: httpx.AsyncClient, operator_key: OperatorKey, headers: dict[str, Any]
) -> None:
    assertion = operator_key.sign("souk-operator", headers=headers)
    answer = await ask(api, operator_key.client_credentials(client_assertion=assertion))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_another_keys_assertion_is_refused(api: httpx.AsyncClient) -> None:
    answer = await ask(api, OperatorKey().client_credentials())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_the_operator_acts_for_an_account_that_it_imported(
    api: httpx.AsyncClient, operator_key: OperatorKey, seeded: World, account: str
) -> None:
    answer = await ask(api, operator_key.exchange(account))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    claims = await seeded.verifier.verify(body["access_token"])
    assert claims.subject == account
    assert claims.actor == claims.client_id == "souk-operator"
    assert claims.scopes == {"orders:read", "orders:write"}
    assert claims.expires_at - claims.issued_at == body["expires_in"] == 300
    assert body["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert "refresh_token" not in body
    (trail,) = seeded.uow.shelf.exchanges.values()
    assert (trail.client_id, str(trail.user_id)) == ("souk-operator", account)
    assert str(trail.token_jti) == claims.token_id


async def test_a_subject_token_works_once(
    api: httpx.AsyncClient, operator_key: OperatorKey, account: str
) -> None:
    subject_token = operator_key.sign(account)
    for expected in (200, 400):
        form = operator_key.exchange(account, subject_token=subject_token)
        assert (await ask(api, form)).status_code == expected


@pytest.mark.parametrize(
    "subject",
    [
        "01990000-0000-7000-8000-0000000000f1",
        "01990000-0000-7000-8000-0000000000f5",
        "01990000-0000-7000-8000-00000000ffff",
        "souk-operator",
        "",
    ],
)
async def test_nobody_else_can_be_acted_for(
    api: httpx.AsyncClient, operator_key: OperatorKey, seeded: World, subject: str
) -> None:
    answer = await ask(api, operator_key.exchange(subject))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert not seeded.uow.shelf.exchanges


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "orders:read orders:read_all"}, "invalid_scope"),
        ({"subject_token": ""}, "invalid_request"),
        ({"subject_token": "a.b.c"}, "invalid_grant"),
        ({"subject_token_type": ""}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:jwt"}, "invalid_request"),
        ({"actor_token": "a.b.c"}, "invalid_request"),
        ({"audience": "payments"}, "invalid_target"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"client_assertion": ""}, "invalid_client"),
    ],
)
async def test_a_wrong_exchange_is_refused_and_leaves_no_trail(
    api: httpx.AsyncClient,
    operator_key: OperatorKey,
    seeded: World,
    account: str,
    change: dict[str, str],
    error: str,
) -> None:
    answer = await ask(api, operator_key.exchange(account, **change))
    assert answer.json()["error"] == error
    assert not seeded.uow.shelf.exchanges


async def test_an_exchange_may_ask_for_less(
    api: httpx.AsyncClient, operator_key: OperatorKey, account: str
) -> None:
    answer = await ask(api, operator_key.exchange(account, scope="orders:read"))
    assert answer.json()["scope"] == "orders:read"


async def test_an_access_token_is_no_subject_token(
    api: httpx.AsyncClient, operator_key: OperatorKey, account: str
) -> None:
    token = (await ask(api, operator_key.exchange(account))).json()["access_token"]
    answer = await ask(api, operator_key.exchange(account, subject_token=token))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_the_operator_cannot_use_the_code_flow(
    api: httpx.AsyncClient, operator_key: OperatorKey
) -> None:
    form = {"grant_type": "authorization_code", "code": "x", **operator_key.credentials()}
    assert (await ask(api, form)).json()["error"] == "unauthorized_client"


async def test_without_its_key_the_operator_does_not_exist(
    api: httpx.AsyncClient, operator_key: OperatorKey, seeded: World
) -> None:
    from auth.application.seed import register_operator

    await register_operator(seeded.new_uow(), None, seeded.clock())
    answer = await ask(api, operator_key.client_credentials())
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
