"""Sign-out that a client asks for: at once with a proof, after a question without one."""

import httpx
import pytest

from services.auth.tests.world import CodeFlow, World, csrf, query_of

BACK = "http://localhost:8080/docs"


@pytest.fixture
def flow(api: httpx.AsyncClient) -> CodeFlow:
    return CodeFlow(api)


async def signed_in(flow: CodeFlow) -> bool:
    return "code" in query_of(await flow.open(prompt="none"))


async def test_a_client_with_an_id_token_signs_the_person_out(
    flow: CodeFlow, api: httpx.AsyncClient
) -> None:
    tokens = await flow.tokens(scope="openid")
    query = {
        "id_token_hint": tokens["id_token"],
        "post_logout_redirect_uri": BACK,
        "state": "s 1",
    }
    answer = await api.get("/oauth/logout", params=query)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(BACK + "?")
    assert query_of(answer) == {"state": "s 1"}
    assert not await signed_in(flow)
    assert (await flow.refresh(tokens["refresh_token"])).status_code == 400


async def test_a_form_without_a_cookie_ends_the_session_that_the_token_names(
    flow: CodeFlow, api: httpx.AsyncClient, seeded: World
) -> None:
    tokens = await flow.tokens(scope="openid")
    api.cookies.clear()
    answer = await api.post("/oauth/logout", data={"id_token_hint": tokens["id_token"]})
    assert "You are signed out" in answer.text
    assert seeded.sessions.kept == {}
    assert (await flow.refresh(tokens["refresh_token"])).status_code == 400


async def test_without_a_proof_the_person_is_asked(flow: CodeFlow, api: httpx.AsyncClient) -> None:
    await flow.tokens()
    page = await api.get("/oauth/logout", params={"client_id": "swagger-ui"})
    assert 'name="sign_out"' in page.text
    assert await signed_in(flow)
    path = "/oauth/logout/confirmed?client_id=swagger-ui"
    assert (await api.post(path, data={"csrf": "0" * 64})).status_code == 403
    assert await signed_in(flow)
    assert "You are signed out" in (await api.post(path, data={"csrf": csrf(page)})).text
    assert not await signed_in(flow)


async def test_another_persons_id_token_signs_nobody_out_unasked(
    flow: CodeFlow, api: httpx.AsyncClient
) -> None:
    hint = (await flow.tokens(scope="openid"))["id_token"]
    await flow.tokens("support@souk.example", prompt="login")
    page = await api.get("/oauth/logout", params={"id_token_hint": hint})
    assert 'name="sign_out"' in page.text
    assert await signed_in(flow)


@pytest.mark.parametrize(
    "changes",
    [
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": BACK + "/"},
        {"post_logout_redirect_uri": "http://localhost:8080/docs/oauth2-redirect"},
        {"post_logout_redirect_uri": BACK, "client_id": ""},
        {"post_logout_redirect_uri": BACK, "client_id": "nobody"},
        {"id_token_hint": "made.up.hint"},
    ],
    ids=str,
)
async def test_the_browser_is_sent_to_registered_addresses_only(
    flow: CodeFlow, api: httpx.AsyncClient, changes: dict[str, str]
) -> None:
    await flow.tokens()
    answer = await api.get("/oauth/logout", params={"client_id": "swagger-ui", **changes})
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert await signed_in(flow)


async def test_an_id_token_of_another_client_is_no_proof(
    flow: CodeFlow, api: httpx.AsyncClient
) -> None:
    hint = (await flow.tokens(scope="openid"))["id_token"]
    query = {"id_token_hint": hint, "client_id": "souk-operator"}
    assert (await api.get("/oauth/logout", params=query)).status_code == 400
