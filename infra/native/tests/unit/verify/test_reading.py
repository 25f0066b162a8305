"""What is read and waited for besides the stores: mails, the client log, a shop that settles."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path

import pytest

from chassis.mail import Mail
from chassis.mime import compose
from native.mailbox.store import MailStore
from native.options import Options
from native.place import Place
from native.record import Record, describe
from native.vault import open_vault
from native.verify.client_log import Call, ClientLog
from native.verify.gather import Gathered
from native.verify.invariants.orders import Orders
from native.verify.judge import judge_calls
from native.verify.mail_folder import read_mails
from native.verify.settle import Unrest, settle
from native.verify.topic_reader import Extent

MAIL = Mail(
    header_id="<order-confirmed.01990000-0000-7000-8000-0000000000d1@souk.example>",
    kind="order_confirmed",
    recipient="casey@example.com",
    name="Casey",
    date=datetime(2026, 1, 2, tzinfo=UTC),
    subject="Confirmed",
    text="Thank you",
    html="<p>Thank you</p>",
)


def test_mails_are_read_where_the_mailbox_keeps_them(tmp_path: Path) -> None:
    store = MailStore(tmp_path)
    store.add(compose(MAIL, MAIL.recipient, Address("Souk", addr_spec="shop@souk.example")))
    store.add(b"Subject: from somebody else\r\n\r\nHello")
    ours, other = read_mails(tmp_path)
    assert (ours.header_id, ours.template) == (MAIL.header_id, "order_confirmed")
    assert (other.header_id, other.template) == ("", "")
    assert ours.received <= other.received


def test_the_client_log_is_judged_for_orders_answers_and_rights(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    with ClientLog(path) as log:
        log.write(Call("place_order", "POST", "/v1/orders", "k", "c", "o-9", 201))
        log.write(Call("read_stock", "GET", "/v1/stock", status=500))
        log.write(Call("read_stock", "GET", "/v1/stock", status=200, forbidden=True))
    gathered = Gathered([], Orders({}, []), Extent({}, {}))
    broken = {found.name: set(found.by_clause) for found in judge_calls(gathered, path)}
    assert broken == {"I3": {"order lost"}, "I8": {"server error"}, "I9": {"allowed"}}
    assert [found.name for found in judge_calls(gathered, None)] == ["I3"]


@pytest.fixture
def kept(tmp_path: Path) -> Record:
    place = Place(tmp_path, tmp_path)
    place.make()
    return describe(place, Options(21000), open_vault(place))


def looks(monkeypatch: pytest.MonkeyPatch, *seen: Unrest) -> None:
    """Makes these what is seen, one after the other, and the last for ever; without a pause."""
    module = importlib.import_module("native.verify.settle")
    left: Iterator[Unrest] = iter(seen)

    async def look(_: Record) -> Unrest:
        return next(left, seen[-1])

    monkeypatch.setattr(module, "look", look)
    monkeypatch.setattr(module, "_PAUSE", 0.0)


async def test_a_shop_is_waited_for_until_nothing_moves(
    kept: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(monkeypatch, Unrest(5, 1, 0), Unrest(0, 1, 9), Unrest(0, 0, 0))
    said: list[str] = []
    rest = await settle(kept, 60.0, said.append)
    assert not rest.unrest
    assert rest.late == 0
    assert len(said) == 2
    assert "5 events in outboxes" in said[0]


async def test_the_wait_ends_and_says_what_still_moves(
    kept: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(monkeypatch, Unrest(0, 2, 0))
    rest = await settle(kept, 0.0, lambda _: None)
    assert rest.unrest == Unrest(0, 2, 0)


async def test_an_outbox_that_is_not_empty_in_its_time_is_late_though_it_empties_later(
    kept: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks(monkeypatch, Unrest(3, 0, 0), Unrest(1, 0, 0), Unrest(0, 0, 0))
    monkeypatch.setattr("native.verify.settle.OUTBOX_SECONDS", 0.0)
    rest = await settle(kept, 60.0, lambda _: None)
    assert rest.late == 3
    assert not rest.unrest
