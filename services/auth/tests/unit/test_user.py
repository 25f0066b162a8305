"""What an account takes and what it refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from auth.domain.email import email_key, normalise_email
from auth.domain.errors import InvalidField
from auth.domain.rights import Role
from auth.domain.user import User, new_user

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ID = UUID("01990000-0000-7000-8000-0000000000f1")


def user(**changes: Any) -> User:
    given: dict[str, Any] = {"email": "a@example.com", "name": "A", "now": NOW, **changes}
    return new_user(ID, **given)


def test_a_new_account_is_a_customers_and_says_that_it_was_registered() -> None:
    account = user()
    assert account.roles == {Role.CUSTOMER}
    assert account.version == 1
    assert [event.user for event in account.events] == [account]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a@example.com", "a@example.com"),
        ("  Ann@EXAMPLE.com ", "Ann@example.com"),
        ("u\u0308@example.com", "\u00fc@example.com"),
        ("a@xn--bcher-kva.example", "a@b\u00fccher.example"),
    ],
)
def test_an_address_is_kept_in_one_spelling(text: str, kept: str) -> None:
    assert normalise_email(text) == kept


def test_addresses_compare_without_letter_case() -> None:
    assert email_key(normalise_email("Ann@Example.com")) == email_key("ann@example.com")


@pytest.mark.parametrize(
    "text",
    ["", "a", "@example.com", "a@", "a@b", "a b@example.com", "a@example.com\n.x", "a\0@b.c"],
)
def test_a_text_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidField):
        normalise_email(text)


@pytest.mark.parametrize("name", ["", " ", "x" * 121, "a\u202eb", "a\0b", "\ud800"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(InvalidField):
        user(name=name)


def test_a_name_in_any_script_is_kept_with_single_spaces() -> None:
    assert user(name="  Zoë \t 李  O'Neill ").name == "Zoë 李 O'Neill"


def test_renaming_counts_as_a_version_only_when_something_changed() -> None:
    account = user()
    account.rename(" A ")
    assert account.version == 1
    account.rename("B")
    assert (account.name, account.version) == ("B", 2)


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"imported_by": "op"}, True),
        ({"imported_by": "other"}, False),
        ({"imported_by": None}, False),
        ({"imported_by": "op", "password_hash": "x"}, False),
        ({"imported_by": "op", "roles": frozenset({Role.CUSTOMER, Role.ADMIN})}, False),
    ],
)
def test_only_the_importer_acts_for_a_plain_imported_account(
    changes: dict[str, Any], allowed: bool
) -> None:
    assert user(**changes).may_be_acted_for_by("op") is allowed


def test_signing_out_ends_earlier_sessions_but_the_one_that_is_kept() -> None:
    account, mine, other = user(), UUID(int=7), UUID(int=8)
    assert account.trusts(other, NOW)
    account.sign_out(NOW, keep=mine)
    assert account.trusts(mine, NOW)
    assert not account.trusts(other, NOW)
    assert not account.trusts(None, NOW)
    assert account.trusts(other, NOW + timedelta(seconds=1))


def test_only_the_address_that_the_account_has_is_verified() -> None:
    account = user()
    account.verify_email("other@example.com", NOW)
    assert account.version == 1
    account.verify_email(account.email_key, NOW)
    account.verify_email(account.email_key, NOW + timedelta(days=1))
    assert (account.email_verified_at, account.version) == (NOW, 2)
