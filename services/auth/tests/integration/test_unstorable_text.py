"""U+0000, which PostgreSQL cannot even be asked about, wherever a stranger may send it."""

import base64
import json

import httpx
import pytest

from services.auth.tests.world import CodeFlow


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize("credentials", ["%00:secret", "swagger-ui%00:secret", "a:%00"])
async def test_a_client_of_such_a_name_is_unknown(
    browser: httpx.AsyncClient, credentials: str
) -> None:
    form = {"grant_type": "client_credentials"}
    answer = await browser.post("/oauth/token", data=form, headers=basic(credentials))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_form_with_it_is_not_read(browser: httpx.AsyncClient) -> None:
    flow = CodeFlow(browser)
    page = await flow.open()
    answer = await flow.submit(page, email="customer\0@souk.example", password="anything at all")
    assert answer.status_code == 400


async def test_a_cursor_with_it_is_none_of_ours(browser: httpx.AsyncClient) -> None:
    flow = CodeFlow(browser)
    tokens = await flow.tokens("admin@souk.example")
    cursor = base64.urlsafe_b64encode(json.dumps({"id": "a\0"}).encode()).decode().rstrip("=")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = await browser.get("/v1/clients", params={"cursor": cursor}, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/invalid-cursor"


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_moment_before_the_first_or_after_the_last_is_none(
    browser: httpx.AsyncClient, since: str
) -> None:
    tokens = await CodeFlow(browser).tokens("admin@souk.example")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = await browser.get("/v1/audit-entries", params={"since": since}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/validation-error"
