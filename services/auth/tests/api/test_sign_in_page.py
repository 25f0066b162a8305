"""The sign-in page: what a person sees, and what keeps strangers out of it."""

import httpx
import pytest

from services.auth.tests.world import CodeFlow, World, action, csrf

CUSTOMER = "customer@souk.example"


@pytest.fixture
def flow(api: httpx.AsyncClient) -> CodeFlow:
    return CodeFlow(api)


async def test_the_page_has_labels_a_language_and_no_script(flow: CodeFlow) -> None:
    page = await flow.open()
    assert page.status_code == 200
    for part in ('<html lang="en">', '<label for="email">', '<label for="password">'):
        assert part in page.text
    assert 'autocomplete="current-password"' in page.text
    assert "<script" not in page.text
    assert "Souk&#39;s API documentation" in page.text


async def test_the_page_is_not_framed_cached_or_fed_from_elsewhere(flow: CodeFlow) -> None:
    headers = (await flow.open()).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' http://localhost:8080;" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    # Swagger UI waits in the window that opened this one; COOP would cut them apart.
    assert "cross-origin-opener-policy" not in headers


async def test_the_cookie_is_opaque_and_out_of_reach_of_scripts(flow: CodeFlow) -> None:
    cookie = (await flow.open()).headers["set-cookie"]
    assert cookie.startswith("souk_session=")
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in cookie


async def test_what_the_client_sends_is_escaped_on_the_page(flow: CodeFlow) -> None:
    page = await flow.open(state='"><script>alert(1)</script>')
    assert "<script" not in page.text
    page = await flow.submit(page, email='"><img src=x>', password="wrong")
    assert "<img" not in page.text


async def test_a_wrong_password_says_so_and_keeps_the_address(flow: CodeFlow) -> None:
    answer = await flow.sign_in(CUSTOMER, "wrong")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'value="{CUSTOMER}"' in answer.text
    again = await flow.submit(answer, email=CUSTOMER, password="souk-demo-2026")
    assert again.status_code == 303


async def test_an_unknown_address_looks_exactly_like_a_wrong_password(
    flow: CodeFlow, seeded: World
) -> None:
    wrong = await flow.sign_in(CUSTOMER, "wrong")
    for stranger in ("stranger@souk.example", "no address", ""):
        seeded.passwords.computed = 0
        page = await flow.open()
        answer = await flow.submit(page, email=stranger, password="wrong")
        assert answer.status_code == wrong.status_code
        assert "E-mail or password is wrong." in answer.text
        assert seeded.passwords.computed == 1


async def test_an_imported_account_cannot_be_signed_in_to(flow: CodeFlow, seeded: World) -> None:
    from auth.application.import_user import ImportUser, import_user

    command = ImportUser("imported@example.com", "Imported", "souk-operator")
    await import_user(command, seeded.new_uow(), seeded.clock())
    for guess in ("", "None", "hash of None"):
        assert (await flow.sign_in("imported@example.com", guess)).status_code == 422


@pytest.mark.parametrize("token", ["", "0" * 64, "ä"])
async def test_a_form_that_another_site_made_is_refused(flow: CodeFlow, token: str) -> None:
    page = await flow.open()
    form = {"csrf": token, "email": CUSTOMER, "password": "souk-demo-2026"}
    answer = await flow.browser.post(action(page), data=form)
    assert answer.status_code == 403
    assert "too old" in answer.text


async def test_a_form_made_for_another_browser_is_refused(flow: CodeFlow) -> None:
    foreign = csrf(await flow.open())
    flow.browser.cookies.clear()
    page = await flow.open()
    form = {"csrf": foreign, "email": CUSTOMER, "password": "souk-demo-2026"}
    assert (await flow.browser.post(action(page), data=form)).status_code == 403


async def test_a_form_without_a_cookie_is_refused(flow: CodeFlow) -> None:
    page = await flow.open()
    flow.browser.cookies.clear()
    answer = await flow.submit(page, email=CUSTOMER, password="souk-demo-2026")
    assert answer.status_code == 403


@pytest.mark.parametrize("value", ["short", "x" * 44, "a b", '";Path=/'])
async def test_a_cookie_that_we_never_made_is_replaced(flow: CodeFlow, value: str) -> None:
    answer = await flow.browser.get(
        "/oauth/authorize", params=flow.parameters(), headers={"Cookie": f"souk_session={value}"}
    )
    assert answer.status_code == 200
    assert answer.cookies["souk_session"] != value


async def test_the_session_gets_a_new_id_at_sign_in(flow: CodeFlow, seeded: World) -> None:
    await flow.open()
    before = flow.browser.cookies["souk_session"]
    await flow.sign_in(CUSTOMER)
    after = flow.browser.cookies["souk_session"]
    assert before != after
    assert list(seeded.sessions.kept) == [after]


async def test_somebody_signed_in_is_asked_and_goes_on_without_a_password(flow: CodeFlow) -> None:
    await flow.sign_in(CUSTOMER)
    page = await flow.open()
    assert f"<strong>{CUSTOMER}</strong>" in page.text
    assert 'type="password"' not in page.text
    assert (await flow.submit(page, **{"continue": "yes"})).status_code == 303


async def test_going_on_needs_a_session_that_is_still_there(flow: CodeFlow, seeded: World) -> None:
    await flow.sign_in(CUSTOMER)
    page = await flow.open()
    seeded.sessions.kept.clear()
    answer = await flow.submit(page, **{"continue": "yes"})
    assert answer.status_code == 403
    assert 'type="password"' in answer.text


async def test_another_account_replaces_the_session(flow: CodeFlow, seeded: World) -> None:
    await flow.sign_in(CUSTOMER)
    page = await flow.open(prompt="login")
    assert 'type="password"' in page.text
    answer = await flow.submit(page, email="admin@souk.example", password="souk-demo-2026")
    assert answer.status_code == 303
    assert [str(one.user_id)[-2:] for one in seeded.sessions.kept.values()] == ["f5"]


async def test_the_form_checks_its_request_again(flow: CodeFlow) -> None:
    page = await flow.open()
    forged = action(page).replace("localhost%3A8080", "evil.example")
    form = {"csrf": csrf(page), "email": CUSTOMER, "password": "souk-demo-2026"}
    answer = await flow.browser.post(forged, data=form)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
