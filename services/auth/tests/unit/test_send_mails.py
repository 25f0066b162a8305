"""Sending the mails about accounts: tokens kept as hashes only, retries, and mails for nobody."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from auth.application.write_mail import write_mail
from auth.domain.secret_mail import GIVE_UP_AFTER, LINKS, MailKind, hash_token
from chassis.mail import MailPostponed, MailRefused, MailServerAway
from services.auth.tests.mailbox import Mailbox, link_of
from services.auth.tests.world import World

CUSTOMER = "customer@souk.example"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


async def ask(
    world: World, kind: MailKind = MailKind.RESET_PASSWORD, email: str = CUSTOMER
) -> None:
    async with world.uow:
        await write_mail(world.uow, kind, email, world.clock())
        await world.uow.commit()


async def test_a_mail_has_a_link_whose_token_is_stored_as_a_hash_only(
    seeded: World, mailbox: Mailbox
) -> None:
    await ask(seeded)
    assert seeded.uow.shelf.mailed_tokens == {}
    (mail,) = await mailbox.deliver(seeded)
    (token,) = parse_qs(urlsplit(link_of(mail)).query)["token"]
    ((kept, record),) = seeded.uow.shelf.mailed_tokens.items()
    assert kept == hash_token(token)
    assert token not in repr(record)
    assert record.expires_at == seeded.clock() + timedelta(minutes=30)
    assert (mail.recipient, mail.name) == (CUSTOMER, "Casey Customer")
    assert seeded.uow.shelf.mails == {}


@pytest.mark.parametrize("kind", list(MailKind))
async def test_every_kind_has_words_and_only_some_have_a_link(
    seeded: World, mailbox: Mailbox, kind: MailKind
) -> None:
    await ask(seeded, kind)
    (mail,) = await mailbox.deliver(seeded)
    assert mail.subject
    assert mail.subject in mail.html
    for words in (mail.text, mail.html):
        assert "Hello Casey Customer" in words
        assert ("token=" in words) == (kind in LINKS)


async def test_a_name_in_a_mail_is_text_and_no_html(seeded: World, mailbox: Mailbox) -> None:
    (user, *_others) = seeded.uow.shelf.users.values()
    user.name = '<a href="//evil.example">'
    await ask(seeded)
    (mail,) = await mailbox.deliver(seeded)
    assert '<a href="//evil' not in mail.html


async def test_a_mail_for_an_address_without_an_account_is_forgotten(
    seeded: World, mailbox: Mailbox
) -> None:
    await ask(seeded, email="stranger@souk.example")
    assert await mailbox.deliver(seeded) == []
    assert seeded.uow.shelf.mails == {}
    assert seeded.uow.shelf.mailed_tokens == {}


async def test_while_the_server_is_away_mails_wait_and_no_token_is_made(
    seeded: World, mailbox: Mailbox
) -> None:
    mailbox.away = True
    await ask(seeded)
    for _ in range(3):
        assert await mailbox.deliver(seeded) == []
        seeded.clock.forward(minutes=10)
    assert seeded.uow.shelf.mailed_tokens == {}
    mailbox.away = False
    (mail,) = await mailbox.deliver(seeded)
    assert mail.header_id.startswith("<reset-password.")


async def test_a_server_that_was_away_for_long_is_asked_again_within_half_a_minute(
    seeded: World, mailbox: Mailbox
) -> None:
    mailbox.away = True
    await ask(seeded)
    for _ in range(10):
        assert await mailbox.deliver(seeded) == []
        seeded.clock.forward(seconds=30)
    mailbox.away = False
    assert len(await mailbox.deliver(seeded)) == 1


async def test_a_second_copy_has_the_message_id_of_the_first(
    seeded: World, mailbox: Mailbox
) -> None:
    await ask(seeded)
    mailbox.answers = [MailPostponed("451 later")]
    assert await mailbox.deliver(seeded) == []
    ((mail_id, waiting),) = seeded.uow.shelf.mails.items()
    assert (waiting.attempts, waiting.problem) == (1, "451 later")
    assert waiting.due_at == seeded.clock() + timedelta(seconds=2)
    seeded.clock.forward(seconds=3)
    (mail,) = await mailbox.deliver(seeded)
    assert mail.header_id == f"<reset-password.{mail_id}@souk.example>"


async def test_an_address_that_takes_no_mail_is_not_asked_again(
    seeded: World, mailbox: Mailbox
) -> None:
    await ask(seeded)
    mailbox.answers = [MailRefused("550 no such user")]
    await mailbox.deliver(seeded)
    assert seeded.uow.shelf.mails == {}


async def test_a_server_that_goes_away_half_way_gets_the_rest_later(
    seeded: World, mailbox: Mailbox
) -> None:
    await ask(seeded)
    await ask(seeded, MailKind.PASSWORD_CHANGED)
    mailbox.answers = [MailServerAway("gone")]
    assert await mailbox.deliver(seeded) == []
    assert len(seeded.uow.shelf.mails) == 2
    seeded.clock.forward(minutes=1)
    assert len(await mailbox.deliver(seeded)) == 2


async def test_after_a_day_nobody_waits_for_the_mail_any_more(
    seeded: World, mailbox: Mailbox
) -> None:
    await ask(seeded)
    seeded.clock.now += GIVE_UP_AFTER
    assert await mailbox.deliver(seeded) == []
    assert seeded.uow.shelf.mails == {}
