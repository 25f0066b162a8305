"""The authorization code flow as a public client plays it, over the real application and fakes."""

from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from services.auth.tests.world import REDIRECT, CodeFlow, World, code_of, query_of


@pytest.fixture
def flow(api: httpx.AsyncClient) -> CodeFlow:
    return CodeFlow(api)


async def test_signing_in_gives_a_token_that_every_service_accepts(
    flow: CodeFlow, seeded: World
) -> None:
    tokens = await flow.tokens(scope="profile orders:read orders:write")
    claims = await seeded.verifier.verify(tokens["access_token"])
    assert claims.subject == "01990000-0000-7000-8000-0000000000f1"
    assert claims.client_id == "swagger-ui"
    assert claims.scopes == {"profile", "orders:read", "orders:write"}
    assert claims.roles == {"customer"}
    assert claims.actor is None
    assert claims.expires_at - claims.issued_at == tokens["expires_in"] == 300
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "orders:read orders:write profile"


async def test_the_answer_names_state_and_issuer_and_is_not_kept(flow: CodeFlow) -> None:
    answer = await flow.sign_in("customer@souk.example")
    assert answer.headers["location"].startswith(REDIRECT + "?")
    assert query_of(answer)["state"] == "xyz"
    assert query_of(answer)["iss"] == "http://localhost:8080"
    assert answer.headers["cache-control"] == "no-store"
    redeemed = await flow.redeem(code_of(answer))
    assert redeemed.headers["cache-control"] == "no-store"


async def test_an_address_is_found_whatever_its_letter_case(flow: CodeFlow) -> None:
    assert (await flow.sign_in(" Customer@Souk.EXAMPLE ")).status_code == 303


async def test_scopes_beyond_the_persons_roles_are_left_out(flow: CodeFlow) -> None:
    tokens = await flow.tokens(scope="profile catalog:write users:write")
    assert tokens["scope"] == "profile"


async def test_without_a_scope_the_person_gets_all_that_is_theirs(flow: CodeFlow) -> None:
    tokens = await flow.tokens("warehouse@souk.example")
    own = "account:write orders:fulfil orders:read_all profile stock:read stock:write"
    assert tokens["scope"] == own


async def test_a_scope_of_which_nothing_is_left_is_refused(flow: CodeFlow) -> None:
    answer = await flow.sign_in("customer@souk.example", scope="stock:write")
    assert query_of(answer)["error"] == "invalid_scope"
    assert query_of(answer)["iss"] == "http://localhost:8080"


async def test_a_code_works_once_and_its_replay_revokes_what_it_gave(flow: CodeFlow) -> None:
    code = code_of(await flow.sign_in("customer@souk.example"))
    first = await flow.redeem(code)
    assert (await flow.redeem(code)).json()["error"] == "invalid_grant"
    refreshed = await flow.refresh(first.json()["refresh_token"])
    assert refreshed.status_code == 400
    assert refreshed.json()["error"] == "invalid_grant"


async def test_a_code_is_dead_after_sixty_seconds(flow: CodeFlow, seeded: World) -> None:
    for seconds, status in ((59, 200), (60, 400)):
        code = code_of(await flow.sign_in("customer@souk.example", prompt="login"))
        seeded.clock.forward(seconds=seconds)
        assert (await flow.redeem(code)).status_code == status
    assert (await flow.redeem(code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": "a" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:8080/docs/oauth2-redirect"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
        ({"client_id": "souk-operator"}, "invalid_client"),
        ({"client_secret": "guess"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"code_verifier": "ä" * 43}, "invalid_request"),
    ],
)
async def test_a_wrong_token_request_is_refused_and_spends_no_code(
    flow: CodeFlow, change: dict[str, str], error: str
) -> None:
    code = code_of(await flow.sign_in("customer@souk.example"))
    answer = await flow.redeem(**{"code": code, **change})
    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert "www-authenticate" not in answer.headers
    assert (await flow.redeem(code)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": "profile no-such-scope"}, "invalid_scope"),
    ],
)
async def test_a_wrong_authorization_request_is_told_to_the_client(
    flow: CodeFlow, changes: dict[str, str | None], error: str
) -> None:
    answer = await flow.open(**changes)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(REDIRECT + "?")
    told = query_of(answer)
    assert (told["error"], told["state"], told["iss"]) == (error, "xyz", "http://localhost:8080")


async def test_an_unknown_client_gets_a_page_and_no_redirect(flow: CodeFlow) -> None:
    answer = await flow.open(client_id="nobody")
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_a_repeated_parameter_is_refused(flow: CodeFlow) -> None:
    query = urlencode([*flow.parameters().items(), ("state", "again")])
    assert (await flow.browser.get(f"/oauth/authorize?{query}")).status_code == 400
    body = "grant_type=refresh_token&grant_type=refresh_token"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await flow.browser.post("/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("body", [b"grant_type=%ff", b"\xff", b"a=1&" * 100, b"grant_type=a%0ab"])
async def test_an_unreadable_token_request_is_an_oauth_error(flow: CodeFlow, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await flow.browser.post("/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_token_request_in_json_is_refused(flow: CodeFlow) -> None:
    answer = await flow.browser.post("/oauth/token", json={"grant_type": "refresh_token"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_client_that_tries_basic_authentication_is_challenged(flow: CodeFlow) -> None:
    answer = await flow.browser.post(
        "/oauth/token", data={"grant_type": "refresh_token"}, auth=("swagger-ui", "secret")
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"] == 'Basic realm="souk"'


async def test_cancelling_tells_the_client_that_access_was_denied(flow: CodeFlow) -> None:
    page = await flow.open()
    cancel = page.text.split('class="other"')[1].split('href="')[1].split('"')[0]
    parameters = dict(parse_qsl(cancel.replace("&amp;", "&").partition("?")[2]))
    assert parameters == {
        "error": "access_denied",
        "state": "xyz",
        "iss": "http://localhost:8080",
    }
