"""Somebody chooses a password: for a new account, in place of the old one, or after a reset.

Called by `register_user`, `change_password` and `follow_link`. Sign-in never judges a password, so
an older one that would be refused today keeps working until its owner changes it.
"""

from auth.domain.errors import InvalidField
from auth.domain.password_choice import check_length, words_about
from auth.domain.ports import Passwords

TOO_EASY = "is easy to guess: choose a longer one, such as four words that have nothing in common"


async def choose_password(
    password: str, *, email: str, name: str, passwords: Passwords, field_name: str = "password"
) -> str:
    """Returns the slow hash of a password that its owner may have.

    Raises InvalidField when the length is wrong or a guesser would soon come to it, and SignInBusy.
    """
    check_length(password, field_name)
    if await passwords.guessable(password, words_about(email, name)):
        raise InvalidField(field_name, TOO_EASY)
    return await passwords.hash(password)
