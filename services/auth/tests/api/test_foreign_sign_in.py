"""Signing in by way of another provider: what opens an account, and what does not."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from auth.application.foreign_sign_in import Departure
from auth.domain.identity_provider import ForeignIdentity, IdentityProvider, ProviderAway
from services.auth.tests.api.test_account_page import CUSTOMER, PASSWORD, act, sign_in
from services.auth.tests.api.test_second_step import next_code, turn_on
from services.auth.tests.mailbox import Mailbox
from services.auth.tests.world import CodeFlow, World, code_of

PARTNER = IdentityProvider("partner", "Partner", "https://id.example", "souk")
ADA = ForeignIdentity(PARTNER.issuer, "ada-1", "ada@example.com", "Ada Lovelace")
BEGIN = "/oauth/sign-in/providers/partner"
LINK, FIELD = "/account/providers/partner/link", "password-for-partner"


@pytest.fixture
def partner(seeded: World) -> World:
    """The world with one provider, at which Ada is signed in."""
    seeded.providers.configured = [PARTNER]
    seeded.providers.person = ADA
    return seeded


async def leave(api: httpx.AsyncClient, path: str = BEGIN) -> str:
    """Begins, and returns the state that went to the provider."""
    answer = await api.get(path)
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    assert location.startswith("https://id.example/authorize")
    return parse_qs(urlsplit(location).query)["state"][0]


async def back(api: httpx.AsyncClient, state: str, **more: str) -> httpx.Response:
    return await api.get(f"{BEGIN}/callback", params={"code": "c", "state": state, **more})


async def test_somebody_new_gets_an_account_whose_address_is_confirmed(
    api: httpx.AsyncClient, partner: World
) -> None:
    answer = await back(api, await leave(api))
    assert answer.headers["location"] == "/account"
    page = await api.get("/account")
    assert "ada@example.com" in page.text
    assert "not confirmed" not in page.text
    assert "Unlink Partner" in page.text
    (session,) = partner.sessions.kept.values()
    assert session.methods == ("fed",)
    assert [event.data["email"] for _topic, event in partner.uow.published][-1] == ADA.email


async def test_the_same_person_comes_back_to_the_same_account_whatever_their_address(
    api: httpx.AsyncClient, partner: World
) -> None:
    await back(api, await leave(api))
    for changed in (replace(ADA, email="else@example.com"), replace(ADA, email=None)):
        partner.providers.person = changed
        assert (await back(api, await leave(api))).status_code == 303
    assert len(partner.uow.shelf.users) == 6
    assert len(partner.uow.shelf.identities) == 1


async def test_a_client_gets_its_code_by_way_of_the_provider(
    api: httpx.AsyncClient, partner: World
) -> None:
    flow = CodeFlow(api)
    page = await flow.open()
    link = page.text.split(f'href="{BEGIN}')[1].split('"')[0].replace("&amp;", "&")
    answer = await back(api, await leave(api, BEGIN + link))
    tokens = await flow.redeem(code_of(answer))
    assert tokens.status_code == 200


async def test_an_address_alone_never_opens_an_account_that_exists(
    api: httpx.AsyncClient, partner: World
) -> None:
    partner.providers.person = replace(ADA, email=CUSTOMER)
    answer = await back(api, await leave(api))
    assert answer.status_code == 403
    assert "Sign in to it with its password" in answer.text
    assert partner.sessions.kept == {}
    assert partner.uow.shelf.identities == {}


async def test_without_an_address_that_is_vouched_for_no_account_is_opened(
    api: httpx.AsyncClient, partner: World
) -> None:
    partner.providers.person = replace(ADA, email=None)
    answer = await back(api, await leave(api))
    assert answer.status_code == 403
    assert len(partner.uow.shelf.users) == 5


async def link(api: httpx.AsyncClient) -> httpx.Response:
    page = await act(api, LINK, **{FIELD: PASSWORD})
    url = page.text.split('href="https://id.example')[1].split('"')[0]
    return await back(api, parse_qs(urlsplit(url).query)["state"][0])


async def test_the_owner_links_a_provider_after_signing_in(
    api: httpx.AsyncClient, partner: World
) -> None:
    await sign_in(api)
    answer = await link(api)
    assert "by way of Partner now" in answer.text
    (mail,) = await Mailbox().deliver(partner)
    assert (mail.recipient, mail.kind) == (CUSTOMER, "provider-linked")
    api.cookies.clear()
    await back(api, await leave(api))
    assert CUSTOMER in (await api.get("/account")).text
    await act(api, "/account/providers/partner/unlink")
    assert partner.uow.shelf.identities == {}
    (mail,) = await Mailbox().deliver(partner)
    assert (mail.recipient, mail.kind) == (CUSTOMER, "provider-unlinked")


async def test_nobody_links_a_provider_at_a_browser_that_was_left_alone(
    api: httpx.AsyncClient, partner: World
) -> None:
    await sign_in(api)
    assert f'name="{FIELD}" type="password"' in (await api.get("/account")).text
    answer = await act(api, LINK, **{FIELD: "a guess"})
    assert (answer.status_code, "https://id.example" in answer.text) == (422, False)
    assert 'role="alert"' in answer.text


async def test_who_has_no_password_is_asked_for_none(
    api: httpx.AsyncClient, partner: World
) -> None:
    await back(api, await leave(api))
    assert 'name="current"' not in (await api.get("/account/second-factor")).text
    assert "<svg" in (await act(api, "/account/second-factor/begin")).text


async def test_an_identity_opens_one_account_only(api: httpx.AsyncClient, partner: World) -> None:
    await back(api, await leave(api))
    api.cookies.clear()
    await sign_in(api)
    answer = await link(api)
    assert answer.status_code == 403
    assert "another account" in answer.text


async def test_linking_ends_where_somebody_else_has_signed_in_meanwhile(
    api: httpx.AsyncClient, partner: World
) -> None:
    await sign_in(api)
    page = await act(api, LINK, **{FIELD: PASSWORD})
    url = page.text.split('href="https://id.example')[1].split('"')[0]
    partner.sessions.kept.clear()
    answer = await back(api, parse_qs(urlsplit(url).query)["state"][0])
    assert answer.headers["location"] == "/oauth/sign-in"
    assert partner.uow.shelf.identities == {}


async def test_the_only_way_in_is_not_unlinked(api: httpx.AsyncClient, partner: World) -> None:
    await back(api, await leave(api))
    answer = await act(api, "/account/providers/partner/unlink")
    assert answer.status_code == 403
    assert len(partner.uow.shelf.identities) == 1


async def test_an_answer_counts_once_and_in_the_browser_that_asked(
    api: httpx.AsyncClient, partner: World
) -> None:
    state = await leave(api)
    cookies = dict(api.cookies)
    api.cookies.clear()
    assert (await back(api, state)).status_code == 403
    api.cookies.update(cookies)
    assert (await back(api, state)).status_code == 303
    assert (await back(api, state)).status_code == 403
    assert (await back(api, "made up")).status_code == 403


async def test_a_second_step_that_is_on_here_is_asked_for(
    api: httpx.AsyncClient, partner: World
) -> None:
    totp, _codes = await turn_on(api, partner)
    await link(api)
    api.cookies.clear()
    partner.sessions.kept.clear()
    answer = await back(api, await leave(api))
    assert "One more step" in answer.text
    assert partner.sessions.kept == {}
    await CodeFlow(api).submit(answer, code=next_code(totp, partner))
    (session,) = partner.sessions.kept.values()
    assert session.methods == ("fed", "otp", "mfa")


async def test_what_is_not_configured_does_not_exist(
    api: httpx.AsyncClient, partner: World
) -> None:
    assert (await api.get("/oauth/sign-in/providers/evil")).status_code == 403
    partner.providers.person = None
    assert (await back(api, await leave(api))).status_code == 403
    partner.providers.configured = []
    assert "by way of" not in (await api.get("/oauth/sign-in")).text


async def test_a_provider_that_is_away_may_be_asked_again_shortly(
    api: httpx.AsyncClient, partner: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_departure: Departure) -> str:
        raise ProviderAway

    monkeypatch.setattr(partner.providers, "authorization_url", away)
    answer = await api.get(BEGIN)
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "2")
