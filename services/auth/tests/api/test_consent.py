"""Clients that are not the shop's own get what the person allows them, and no more."""

from dataclasses import replace

import httpx
import pytest

from auth.application.seed import swagger_client
from services.auth.tests.api.test_account_page import act
from services.auth.tests.world import CodeFlow, World, code_of, csrf, query_of

CUSTOMER = "customer@souk.example"


@pytest.fixture
async def flow(api: httpx.AsyncClient, seeded: World) -> CodeFlow:
    """The flow of a client that belongs to somebody else."""
    foreign = replace(swagger_client(seeded.issuer), name="Price watcher", first_party=False)
    async with seeded.new_uow() as uow:
        await uow.clients.put(foreign, seeded.clock())
        await uow.commit()
    return CodeFlow(api)


async def test_a_foreign_client_gets_a_code_only_after_consent(flow: CodeFlow) -> None:
    page = await flow.sign_in(CUSTOMER, scope="openid orders:read")
    assert page.status_code == 200
    assert "Price watcher" in page.text
    assert "Read your own orders" in page.text
    assert "Fill carts" not in page.text
    assert "until you sign out, and for 30 days at most" in page.text
    tokens = (await flow.redeem(code_of(await flow.submit(page, allow="yes")))).json()
    assert tokens["scope"] == "openid orders:read"


async def test_consent_is_remembered_and_asked_anew_for_more(flow: CodeFlow) -> None:
    await flow.submit(await flow.sign_in(CUSTOMER, scope="orders:read"), allow="yes")
    assert code_of(await flow.open(scope="orders:read", prompt="none"))
    more = "orders:read orders:write"
    assert query_of(await flow.open(scope=more, prompt="none"))["error"] == "consent_required"
    page = await flow.open(scope=more)
    assert 'name="allow"' in page.text
    assert code_of(await flow.submit(page, allow="yes"))
    assert code_of(await flow.open(scope=more, prompt="none"))


async def test_prompt_consent_asks_even_where_it_was_given(flow: CodeFlow) -> None:
    await flow.submit(await flow.sign_in(CUSTOMER, scope="profile"), allow="yes")
    page = await flow.open(scope="profile", prompt="consent")
    assert 'name="allow"' in page.text
    assert code_of(await flow.submit(page, allow="yes"))


@pytest.mark.parametrize("wanted", [{"prompt": "login consent"}, {"max_age": "60"}], ids=str)
async def test_allowing_is_no_way_around_the_sign_in_that_a_client_demands(
    flow: CodeFlow, seeded: World, wanted: dict[str, str]
) -> None:
    page = await flow.sign_in(CUSTOMER, scope="profile")
    seeded.clock.forward(seconds=61)
    form = {"csrf": csrf(page), "allow": "yes"}
    query = flow.parameters(scope="profile", **wanted)
    answer = await flow.browser.post("/oauth/consent", params=query, data=form)
    assert answer.status_code == 403
    assert 'name="password"' in answer.text


async def test_consent_is_no_ones_to_give_for_another(flow: CodeFlow) -> None:
    page = await flow.sign_in(CUSTOMER, scope="profile")
    flow.browser.cookies.clear()
    assert (await flow.submit(page, allow="yes")).status_code == 403
    assert query_of(await flow.open(scope="profile", prompt="none"))["error"] == "login_required"


async def test_the_owner_sees_what_they_allowed_and_takes_it_back(
    flow: CodeFlow, seeded: World
) -> None:
    allowed = await flow.submit(await flow.sign_in(CUSTOMER, scope="orders:read"), allow="yes")
    tokens = (await flow.redeem(code_of(allowed))).json()
    page = await flow.browser.get("/account")
    assert "<strong>Price watcher</strong> may:" in page.text
    assert "Read your own orders" in page.text
    await act(flow.browser, "/account/consents/withdraw", client_id="swagger-ui")
    assert "Price watcher" not in (await flow.browser.get("/account")).text
    assert (await flow.refresh(tokens["refresh_token"])).status_code == 400
    (revoked,) = seeded.uow.shelf.revocations.values()
    claims = await seeded.verifier.verify(tokens["access_token"])
    assert (revoked.kind, revoked.id) == ("grant", claims.grant)
    refused = await flow.open(scope="orders:read", prompt="none")
    assert query_of(refused)["error"] == "consent_required"


async def test_a_code_of_a_consent_that_was_taken_back_opens_nothing(flow: CodeFlow) -> None:
    code = code_of(await flow.submit(await flow.sign_in(CUSTOMER, scope="profile"), allow="yes"))
    await act(flow.browser, "/account/consents/withdraw", client_id="swagger-ui")
    assert (await flow.redeem(code)).json()["error"] == "invalid_grant"


async def test_nobody_takes_back_what_another_allowed(flow: CodeFlow, seeded: World) -> None:
    await flow.submit(await flow.sign_in(CUSTOMER, scope="profile"), allow="yes")
    before = dict(seeded.uow.shelf.consents)
    flow.browser.cookies.clear()
    await flow.sign_in("support@souk.example", scope="profile")
    await act(flow.browser, "/account/consents/withdraw", client_id="swagger-ui")
    assert seeded.uow.shelf.consents == before


async def test_the_shops_own_client_is_trusted(api: httpx.AsyncClient) -> None:
    assert (await CodeFlow(api).tokens(scope="profile"))["scope"] == "profile"
