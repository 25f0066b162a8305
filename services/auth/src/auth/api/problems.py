"""The one table from this service's domain errors to RFC 9457 problems.

The errors of the OAuth protocol are not here: RFC 6749 gives them a form of their own, in
`oauth_errors.py`.
"""

from auth.domain.errors import EmailTaken, InvalidField, ProfileChanged, SignInBusy, UserNotFound
from chassis.problems import VALIDATION, ProblemTable, ProblemType

PROBLEMS: ProblemTable = {
    InvalidField: VALIDATION,
    EmailTaken: ProblemType(409, "email-taken", "The e-mail address has an account"),
    UserNotFound: ProblemType(404, "user-not-found", "There is no such user"),
    ProfileChanged: ProblemType(412, "profile-changed", "The profile has changed"),
    SignInBusy: ProblemType(503, "sign-in-busy", "Too many people sign in", {"Retry-After": "1"}),
}
