"""What can go wrong with an account, in the shop's own words.

`api/problems.py` turns each of these into an RFC 9457 problem; errors of the OAuth protocol have
a vocabulary of their own in `oauth_errors.py`.
"""

from typing import Any
from uuid import UUID


class AccountError(Exception):
    """The base of every refusal that concerns an account."""


class InvalidField(AccountError):
    """A value that the account cannot take; points to the field of the body (RFC 6901)."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        place = {"in": "body", "pointer": f"#/{field}", "detail": reason}
        self.extras: dict[str, Any] = {"errors": [place]}


class EmailTaken(AccountError):
    """Another account has this e-mail address, whatever its letter case."""

    def __init__(self) -> None:
        super().__init__("An account with this e-mail address exists already.")


class UserNotFound(AccountError):
    """No account has this id."""

    def __init__(self, user_id: UUID) -> None:
        super().__init__(f"There is no user {user_id}.")


class ProfileChanged(AccountError):
    """If-Match names a version of the profile that is no longer the current one."""

    def __init__(self) -> None:
        super().__init__("The profile was changed since you read it; read it again.")


class SignInBusy(AccountError):
    """So many passwords wait to be checked that another one would wait too long."""

    def __init__(self) -> None:
        super().__init__("Too many passwords are being checked; try again shortly.")


class Throttled(AccountError):
    """Too many tries; `retry_after` says in how many seconds the next one is looked at."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many tries; wait {retry_after} seconds.")
        self.retry_after = retry_after


class WrongPassword(AccountError):
    """The current password, asked for once more, is another one."""

    def __init__(self) -> None:
        super().__init__("The current password is another one.")


class WrongCode(AccountError):
    """Not a code of the second factor, or one that was used before."""

    def __init__(self) -> None:
        super().__init__("The code is wrong or was used before.")


class SecondFactorIsOn(AccountError):
    """There is a second factor already; it has to be turned off first."""

    def __init__(self) -> None:
        super().__init__("The second step is on already.")


class InvalidLink(AccountError):
    """The link of a mail was used, has expired or was never sent; which of these is not told."""

    def __init__(self) -> None:
        super().__init__("The link was used before, is too old, or is not complete.")
