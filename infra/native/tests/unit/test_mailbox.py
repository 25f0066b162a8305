"""The mailbox keeps what SMTP brings, finds it by address, and shows it without trusting it."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from native.mailbox.store import MailStore
from native.mailbox.web import MailboxApp


async def nothing() -> None:
    return None


def mail(to: str = "Zoë <Bo@Shop.example>", subject: str = "Größe", html: bool = True) -> bytes:
    message = EmailMessage()
    message["From"] = "Souk <shop@souk.example>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = "<order-1@souk.example>"
    message.set_content("Thank you, Zoë.")
    if html:
        message.add_alternative("<h1>Thank you</h1><script>alert(1)</script>", subtype="html")
    return message.as_bytes()


@pytest.fixture
def store(tmp_path: Path) -> MailStore:
    return MailStore(tmp_path)


@pytest.fixture
async def client(store: MailStore) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = MailboxApp(store, nothing, nothing)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8081") as made:
        yield made


def test_mails_survive_a_restart_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    store = MailStore(tmp_path)
    for number in range(3):
        store.add(mail(subject=f"number {number}"))
    again = MailStore(tmp_path).search()
    assert [summary.subject for summary in again] == ["number 2", "number 1", "number 0"]
    assert again == store.search()


def test_a_mail_is_read_back_with_both_bodies(store: MailStore) -> None:
    found = store.read(store.add(mail()))
    assert found is not None
    assert found.text.strip() == "Thank you, Zoë."
    assert "<h1>Thank you</h1>" in found.html
    assert found.summary.recipients == ("bo@shop.example",)
    assert found.summary.message_id == "<order-1@souk.example>"


async def test_the_api_filters_by_address_without_regard_to_case(
    store: MailStore, client: httpx.AsyncClient
) -> None:
    store.add(mail())
    store.add(mail(to="someone@else.example"))
    answer = (await client.get("/api/messages", params={"to": "BO@shop.example"})).json()
    assert answer["total"] == 1
    assert answer["messages"][0]["subject"] == "Größe"
    one = (await client.get(f"/api/messages/{answer['messages'][0]['id']}")).json()
    assert one["text"].strip() == "Thank you, Zoë."


async def test_the_api_limits_its_answer(store: MailStore, client: httpx.AsyncClient) -> None:
    for _ in range(3):
        store.add(mail())
    answer = (await client.get("/api/messages", params={"limit": 2})).json()
    assert (len(answer["messages"]), answer["total"]) == (2, 3)
    assert (await client.get("/api/messages", params={"limit": "many"})).status_code == 400


async def test_a_mails_html_is_shown_in_a_sandbox_only(
    store: MailStore, client: httpx.AsyncClient
) -> None:
    name = store.add(mail())
    page = await client.get(f"/messages/{name}")
    assert "<script>" not in page.text
    assert f'<iframe sandbox title="The mail as HTML" src="/html/{name}">' in page.text
    framed = await client.get(f"/html/{name}")
    assert framed.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


async def test_a_mail_without_html_is_shown_as_text(
    store: MailStore, client: httpx.AsyncClient
) -> None:
    page = await client.get(f"/messages/{store.add(mail(html=False))}")
    assert "iframe sandbox" not in page.text
    assert "Thank you, Zoë." in page.text


async def test_the_list_escapes_what_a_sender_wrote(
    store: MailStore, client: httpx.AsyncClient
) -> None:
    store.add(mail(subject="<img src=x>"))
    assert "&lt;img src=x&gt;" in (await client.get("/")).text


async def test_a_page_elsewhere_cannot_read_mails_by_rebinding_its_name(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/api/messages", headers={"host": "evil.example:8081"})
    assert answer.status_code == 421


async def test_unknown_mails_and_pages_are_not_found(client: httpx.AsyncClient) -> None:
    for path in ("/messages/none", "/api/messages/../../etc", "/html/x", "/nothing"):
        assert (await client.get(path)).status_code == 404


async def test_all_mails_can_be_thrown_away(
    store: MailStore, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    store.add(mail())
    await client.delete("/api/messages")
    assert store.count() == MailStore(tmp_path).count() == 0
