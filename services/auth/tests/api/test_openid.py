"""OpenID Connect over the real application: ID tokens, userinfo, and what a client may ask of the
pages. The ID tokens are read by joserfc, as a client would."""

import base64
import hashlib
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from services.auth.tests.world import CodeFlow, World, code_of, query_of

CUSTOMER = "01990000-0000-7000-8000-0000000000f1"


@pytest.fixture
def flow(api: httpx.AsyncClient) -> CodeFlow:
    return CodeFlow(api)


def read(token: str, world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    keys = KeySet([RSAKey.import_key({**world.keys.signer.public_jwk()})])
    decoded = jwt.decode(token, keys, algorithms=["RS256"])
    return dict(decoded.header), dict(decoded.claims)


async def test_openid_gives_an_id_token_for_the_client(flow: CodeFlow, seeded: World) -> None:
    tokens = await flow.tokens(scope="openid profile", nonce="n-1")
    header, claims = read(tokens["id_token"], seeded)
    assert header == {"alg": "RS256", "typ": "JWT", "kid": seeded.keys.signer.kid}
    assert claims["iss"] == "http://localhost:8080"
    assert (claims["sub"], claims["aud"], claims["nonce"]) == (CUSTOMER, "swagger-ui", "n-1")
    assert claims["exp"] - claims["iat"] == 300
    assert claims["auth_time"] <= claims["iat"]
    assert claims["amr"] == ["pwd"]
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    (session,) = seeded.sessions.kept.values()
    assert claims["sid"] == str(session.sid)


async def test_without_openid_there_is_no_id_token(flow: CodeFlow) -> None:
    assert "id_token" not in await flow.tokens(scope="profile", nonce="n-1")


async def test_a_refresh_renews_the_id_token_without_the_nonce(
    flow: CodeFlow, seeded: World
) -> None:
    first = await flow.tokens(scope="openid", nonce="n-1")
    seeded.clock.forward(seconds=90)
    second = (await flow.refresh(first["refresh_token"])).json()
    _header, before = read(first["id_token"], seeded)
    _header, after = read(second["id_token"], seeded)
    assert "nonce" not in after
    for name in ("iss", "sub", "aud", "auth_time", "sid"):
        assert after[name] == before[name]
    assert after["iat"] == before["iat"] + 90


async def test_an_id_token_or_a_refresh_token_is_no_access_token(
    flow: CodeFlow, api: httpx.AsyncClient
) -> None:
    tokens = await flow.tokens(scope="openid profile")
    for name, status in (("access_token", 200), ("id_token", 401), ("refresh_token", 401)):
        headers = {"Authorization": f"Bearer {tokens[name]}"}
        assert (await api.get("/v1/users/me", headers=headers)).status_code == status
        assert (await api.get("/oauth/userinfo", headers=headers)).status_code == status


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_userinfo_says_what_the_scopes_allow(
    flow: CodeFlow, api: httpx.AsyncClient, method: str
) -> None:
    expected: dict[str, dict[str, Any]] = {
        "openid": {},
        "openid profile": {"name": "Casey Customer"},
        "openid email": {"email": "customer@souk.example", "email_verified": True},
    }
    for scope, claims in expected.items():
        token = (await flow.tokens(scope=scope, prompt="login"))["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = await api.request(method, "/oauth/userinfo", headers=headers)
        assert answer.json() == {"sub": CUSTOMER, **claims}
        assert answer.headers["cache-control"] == "no-store"


async def test_userinfo_needs_a_token_with_openid(flow: CodeFlow, api: httpx.AsyncClient) -> None:
    assert (await api.get("/oauth/userinfo")).status_code == 401
    token = (await flow.tokens(scope="profile"))["access_token"]
    answer = await api.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_prompt_none_never_shows_a_page(flow: CodeFlow) -> None:
    refused = await flow.open(prompt="none", scope="openid")
    assert query_of(refused)["error"] == "login_required"
    assert query_of(refused)["state"] == "xyz"
    await flow.tokens()
    assert (await flow.redeem(code_of(await flow.open(prompt="none")))).status_code == 200


async def test_prompt_login_asks_again_and_is_not_met_by_going_on(flow: CodeFlow) -> None:
    await flow.tokens()
    page = await flow.open(prompt="login")
    assert 'name="password"' in page.text
    assert (await flow.submit(page, **{"continue": "yes"})).status_code == 403
    fields = {"email": "customer@souk.example", "password": "souk-demo-2026"}
    assert code_of(await flow.submit(page, **fields))


async def test_max_age_asks_somebody_again_who_signed_in_too_long_ago(
    flow: CodeFlow, seeded: World
) -> None:
    await flow.tokens()
    seeded.clock.forward(seconds=100)
    assert 'name="continue"' in (await flow.open(max_age="101")).text
    page = await flow.open(max_age="99", login_hint="customer@souk.example")
    assert 'value="customer@souk.example"' in page.text
    refused = await flow.open(max_age="99", prompt="none")
    assert query_of(refused)["error"] == "login_required"
    fields = {"email": "customer@souk.example", "password": "souk-demo-2026"}
    tokens = (await flow.redeem(code_of(await flow.submit(page, **fields)))).json()
    assert tokens["access_token"]


async def test_an_id_token_hint_wants_the_same_person(flow: CodeFlow, seeded: World) -> None:
    hint = (await flow.tokens(scope="openid"))["id_token"]
    seeded.clock.forward(days=1)
    await flow.tokens("support@souk.example", prompt="login")
    refused = await flow.open(prompt="none", id_token_hint=hint)
    assert query_of(refused)["error"] == "login_required"
    assert 'name="password"' in (await flow.open(id_token_hint=hint)).text
    await flow.tokens(prompt="login")
    assert code_of(await flow.open(prompt="none", id_token_hint=hint))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "whatever"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"nonce": "n" * 256}, "invalid_request"),
        ({"id_token_hint": "made.up.hint"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/request"}, "request_uri_not_supported"),
    ],
)
async def test_what_openid_connect_forbids_is_told_to_the_client(
    flow: CodeFlow, changes: dict[str, str], error: str
) -> None:
    assert query_of(await flow.open(**changes))["error"] == error
