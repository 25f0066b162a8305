"""The codes of the second factor: near enough in time, and each taken once."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from pyotp import TOTP

from auth.domain.second_factor import (
    RECOVERY_CODES,
    SecondFactor,
    hash_recovery_code,
    new_recovery_codes,
    new_second_factor,
)
from services.auth.tests.fakes import NOON

OWNER = UUID(int=1)


def code_at(factor: SecondFactor, moment: datetime) -> str:
    return TOTP(factor.secret).at(moment)


@pytest.mark.parametrize(
    ("seconds", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_half_a_minute_off(seconds: int, good: bool) -> None:
    factor = new_second_factor(OWNER, NOON)
    code = code_at(factor, NOON + timedelta(seconds=seconds))
    assert factor.accept(code, NOON) is good


def test_a_code_and_every_older_one_is_refused_after_its_use() -> None:
    factor = new_second_factor(OWNER, NOON)
    older, now = code_at(factor, NOON - timedelta(seconds=30)), code_at(factor, NOON)
    assert factor.accept(now, NOON)
    assert not factor.accept(now, NOON)
    assert not factor.accept(older, NOON)
    later = NOON + timedelta(seconds=30)
    assert factor.accept(code_at(factor, later), later)


@pytest.mark.parametrize("code", ["", "000000", "12345", "1234567", "abcdef", "１２３４５６", "ä"])
def test_what_is_no_code_is_refused(code: str) -> None:
    factor = SecondFactor(OWNER, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", NOON)
    assert not factor.accept(code, NOON)


def test_a_factor_is_off_until_it_is_confirmed_and_shows_its_secret_to_nobody() -> None:
    factor = new_second_factor(OWNER, NOON)
    assert not factor.is_on
    factor.confirm(NOON)
    assert factor.is_on
    assert factor.secret not in repr(factor)
    assert len(factor.secret) == 32
    assert factor.uri("a@example.com").startswith("otpauth://totp/Souk:a%40example.com?secret=")


def test_recovery_codes_are_many_long_and_read_however_they_are_spaced() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    for code in codes:
        assert len(code.replace("-", "")) == 24
        typed = code.upper().replace("-", " ")
        assert hash_recovery_code(typed) == hash_recovery_code(code)
