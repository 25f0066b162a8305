"""The one table from this service's domain errors to RFC 9457 problems.

The errors of the OAuth protocol are not here: RFC 6749 gives them a form of their own, in
`oauth_errors.py`.
"""

from auth.api.client_problems import CLIENT_PROBLEMS
from auth.domain.errors import (
    EmailTaken,
    InvalidField,
    InvalidLink,
    ProfileChanged,
    SecondFactorIsOn,
    SignInBusy,
    Throttled,
    UserNotFound,
    WrongCode,
    WrongPassword,
)
from chassis.problems import VALIDATION, ProblemTable, ProblemType


def _when(error: Throttled) -> dict[str, str]:
    return {"Retry-After": str(error.retry_after)}


PROBLEMS: ProblemTable = {
    InvalidField: VALIDATION,
    EmailTaken: ProblemType(409, "email-taken", "The e-mail address has an account"),
    UserNotFound: ProblemType(404, "user-not-found", "There is no such user"),
    ProfileChanged: ProblemType(412, "profile-changed", "The profile has changed"),
    SignInBusy: ProblemType(503, "sign-in-busy", "Too many people sign in", {"Retry-After": "1"}),
    Throttled: ProblemType(429, "too-many-tries", "Too many tries", _when),
    WrongPassword: ProblemType(403, "wrong-password", "The current password is another one"),
    WrongCode: ProblemType(403, "wrong-code", "The code is wrong or was used before"),
    SecondFactorIsOn: ProblemType(409, "second-factor-is-on", "The second step is on already"),
    **CLIENT_PROBLEMS,
    InvalidLink: ProblemType(410, "invalid-link", "The link does not work any more"),
}
