"""What thieves of codes try (RFC 9700): other addresses, other clients, other verifiers.

Each attempt must end at our own page or in an error, and must leave the honest flow intact.
"""

from dataclasses import replace

import httpx
import pytest

from auth.application.seed import swagger_client
from services.auth.tests.world import REDIRECT, CodeFlow, World, code_of, query_of

NEAR_MISSES = [
    "http://localhost:8080/docs/oauth2-redirect/",
    "http://localhost:8080/docs/oauth2-redirect?x=1",
    "http://localhost:8080/docs/oauth2-redirect?",
    "http://localhost:8080/docs/oauth2-redirect#",
    "http://localhost:8080/docs/oauth2-redirect#x",
    "http://localhost:8080/docs/oauth2-redirect.evil",
    "http://localhost:8080/docs/oauth2-redirect/../evil",
    "http://localhost:8080/docs/../docs/oauth2-redirect",
    "http://localhost:8080/docs/./oauth2-redirect",
    "http://localhost:8080/docs//oauth2-redirect",
    "http://localhost:8080//docs/oauth2-redirect",
    "http://localhost:8080/docs%2Foauth2-redirect",
    "http://localhost:8080/docs/oauth2%2Dredirect",
    "http://localhost:8080/docs/oauth2-redirect%00",
    "http://localhost:8080/docs/oauth2-redirect%0d%0aX:",
    "http://localhost:8080/docs/oauth2-redirect ",
    " http://localhost:8080/docs/oauth2-redirect",
    "http://localhost:8080/docs/oauth2-redirect;x",
    "http://localhost:8080/Docs/oauth2-redirect",
    "http://localhost:8080/docs",
    "http://localhost:8080",
    "HTTP://localhost:8080/docs/oauth2-redirect",
    "http://LOCALHOST:8080/docs/oauth2-redirect",
    "http://localhost.:8080/docs/oauth2-redirect",
    "http://localhost:08080/docs/oauth2-redirect",
    "http://localhost:8081/docs/oauth2-redirect",
    "http://localhost/docs/oauth2-redirect",
    "https://localhost:8080/docs/oauth2-redirect",
    "http://[::1]:8080/docs/oauth2-redirect",
    "http://localhost:8080@evil.example/docs/oauth2-redirect",
    "http://localhost:8080\\@evil.example/docs/oauth2-redirect",
    "http://user@localhost:8080/docs/oauth2-redirect",
    "http://localhost:8080.evil.example/docs/oauth2-redirect",
    "http://evil.example/docs/oauth2-redirect",
    "http://evil.example/?http://localhost:8080/docs/oauth2-redirect",
    "//localhost:8080/docs/oauth2-redirect",
    "/docs/oauth2-redirect",
    "javascript:alert(1)//http://localhost:8080/docs/oauth2-redirect",
    "data:text/html,http://localhost:8080/docs/oauth2-redirect",
    "*",
    "",
    None,
]


@pytest.fixture
def flow(api: httpx.AsyncClient) -> CodeFlow:
    return CodeFlow(api)


async def another_client(world: World, client_id: str) -> None:
    """Registers a client that has the same addresses and rights as the honest one."""
    client = replace(swagger_client(world.issuer), id=client_id)
    async with world.new_uow() as uow:
        await uow.clients.put(client, world.clock())
        await uow.commit()


@pytest.mark.parametrize("redirect_uri", NEAR_MISSES, ids=repr)
async def test_nothing_is_sent_to_an_address_that_is_not_registered(
    flow: CodeFlow, redirect_uri: str | None
) -> None:
    for changes in ({}, {"response_type": "token"}, {"prompt": "none"}, {"scope": "nonsense"}):
        answer = await flow.open(redirect_uri=redirect_uri, **changes)
        assert (answer.status_code, "location" in answer.headers) == (400, False)
        assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("redirect_uri", NEAR_MISSES[:6], ids=repr)
async def test_a_code_is_not_redeemed_with_a_near_miss_either(
    flow: CodeFlow, redirect_uri: str
) -> None:
    code = code_of(await flow.sign_in("customer@souk.example"))
    refused = await flow.redeem(code, redirect_uri=redirect_uri)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (await flow.redeem(code)).status_code == 200


async def test_the_forms_lead_nowhere_else(flow: CodeFlow) -> None:
    """A form can be forged, so what its address says is checked anew when it comes back."""
    page = await flow.open()
    forged = page.text.replace("oauth2-redirect", "oauth2-redirect.evil")
    answer = await flow.submit(
        httpx.Response(200, text=forged), email="customer@souk.example", password="souk-demo-2026"
    )
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_a_code_is_worth_nothing_to_another_client(flow: CodeFlow, seeded: World) -> None:
    await another_client(seeded, "thief")
    code = code_of(await flow.sign_in("customer@souk.example"))
    stolen = await flow.redeem(code, client_id="thief")
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (await flow.redeem(code)).status_code == 200


async def test_another_clients_replay_revokes_nothing(flow: CodeFlow, seeded: World) -> None:
    await another_client(seeded, "thief")
    code = code_of(await flow.sign_in("customer@souk.example"))
    tokens = (await flow.redeem(code)).json()
    assert (await flow.redeem(code, client_id="thief")).status_code == 400
    assert (await flow.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_stolen_code_is_worth_nothing_without_its_verifier(flow: CodeFlow) -> None:
    code = code_of(await flow.sign_in("customer@souk.example"))
    thief = CodeFlow(flow.browser)
    for verifier in (thief.verifier, flow.challenge, flow.verifier[:-1] + "~", flow.verifier + "a"):
        refused = await flow.redeem(code, code_verifier=verifier)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (await flow.redeem(code)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"code_challenge_method": "s256"},
        {"code_challenge": ""},
    ],
    ids=str,
)
async def test_nobody_goes_without_pkce_or_with_less_of_it(
    flow: CodeFlow, changes: dict[str, str | None]
) -> None:
    assert query_of(await flow.open(**changes))["error"] == "invalid_request"


async def test_a_client_can_tell_whose_answer_it_gets(flow: CodeFlow) -> None:
    """Against mix-up every answer names its issuer (RFC 9207), errors and refusals too."""
    answers = [
        await flow.open(prompt="none"),
        await flow.open(scope="nonsense"),
        await flow.open(response_type="token"),
        await flow.sign_in("customer@souk.example", scope="stock:write"),
        await flow.sign_in("customer@souk.example", prompt="login"),
    ]
    for answer in answers:
        assert answer.headers["location"].startswith(REDIRECT + "?")
        assert query_of(answer)["iss"] == "http://localhost:8080"
        assert query_of(answer)["state"] == "xyz"


@pytest.mark.parametrize(
    "state", ["https://evil.example/", '"><script>', "a&code=b", "x" * 2000, "#", "%0d%0aX: y"]
)
async def test_a_state_comes_back_as_it_was_and_as_nothing_else(flow: CodeFlow, state: str) -> None:
    answer = await flow.sign_in("customer@souk.example", state=state)
    assert answer.headers["location"].startswith(REDIRECT + "?")
    assert query_of(answer)["state"] == state
    assert set(query_of(answer)) == {"code", "state", "iss"}
