"""Every domain error has its row in the one table of problems; settings refuse no-addresses."""

import pytest
from pydantic import ValidationError

from notifications.api.problems import PROBLEMS
from notifications.domain.errors import NotificationsError
from notifications.settings import NotificationsSettings


def test_every_domain_error_has_a_problem_type() -> None:
    assert set(NotificationsError.__subclasses__()) == set(PROBLEMS)


def test_the_sender_is_read_from_the_settings() -> None:
    settings = NotificationsSettings(mail_from="Souk <shop@souk.example>")
    assert (settings.sender.display_name, settings.sender.domain) == ("Souk", "souk.example")


@pytest.mark.parametrize("value", ["", "Souk", "Souk <shop>", "shop@souk.example\r\nBcc: a@b.c"])
def test_a_sender_that_is_no_address_stops_the_start(value: str) -> None:
    with pytest.raises(ValidationError):
        NotificationsSettings(mail_from=value)
