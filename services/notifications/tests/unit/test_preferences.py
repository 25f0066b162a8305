"""Preferences: what can be turned off, what cannot, and how a choice is changed."""

from uuid import UUID

import pytest

from notifications.domain.errors import MailNeeded
from notifications.domain.message import Template
from notifications.domain.preferences import ALWAYS, OPTIONAL, Preferences

CASEY = Preferences(UUID(int=1))


def test_who_never_chose_is_told_everything() -> None:
    assert all(CASEY.want(template) for template in Template)


@pytest.mark.parametrize("kind", sorted(ALWAYS))
def test_what_is_needed_cannot_be_turned_off_and_is_sent_in_any_case(kind: Template) -> None:
    with pytest.raises(MailNeeded, match=kind):
        CASEY.changed(True, {kind: False})
    assert CASEY.changed(False, {kind: True}).want(kind)


def test_confirmations_and_refunds_are_among_what_is_needed() -> None:
    assert {Template.ORDER_CONFIRMED, Template.PAYMENT_REFUNDED} <= ALWAYS


def test_one_kind_can_be_turned_off_and_on_again() -> None:
    off = CASEY.changed(True, {Template.ORDER_PACKED: False, Template.ORDER_SHIPPED: False})
    assert (off.want(Template.ORDER_PACKED), off.want(Template.ORDER_DELIVERED)) == (False, True)
    on = off.changed(True, {Template.ORDER_PACKED: True})
    assert (set(on.turned_off), on.version) == ({Template.ORDER_SHIPPED}, 2)


def test_without_informational_mails_no_kind_of_them_is_wanted() -> None:
    off = CASEY.changed(False, {})
    assert {kind for kind in Template if not off.want(kind)} == OPTIONAL
