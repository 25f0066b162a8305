"""The errors of the protocols, named as RFC 6749 §4.1.2.1 and §5.2, RFC 8693 §2.2.2 and OpenID
Connect Core §3.1.2.6 do.

Rules and use cases raise them; `api/oauth_errors.py` answers them as JSON at the token endpoint
and `api/sign_in_routes.py` as a redirect or a page.
"""

from typing import ClassVar


class OAuthError(Exception):
    """A refusal in the protocol's vocabulary; str() is the `error_description`, in ASCII."""

    code: ClassVar[str]


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated or malformed."""

    code = "invalid_request"


class InvalidClient(OAuthError):
    """The client is unknown, or did not prove who it is."""

    code = "invalid_client"


class InvalidGrant(OAuthError):
    """The code, refresh token or assertion is wrong, spent, expired or somebody else's."""

    code = "invalid_grant"


class CodeReplayed(InvalidGrant):
    """An authorization code came a second time, so what the first use gave is revoked."""


class RefreshTokenReused(InvalidGrant):
    """A refresh token came again after its successor was used: one of the two was stolen."""


class UnauthorizedClient(OAuthError):
    """The client is known but not registered for this grant."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """This server has no such grant."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """Only the code flow exists here; OAuth 2.1 has removed the implicit one."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """A scope that does not exist, or that exceeds what was granted."""

    code = "invalid_scope"


class InvalidTarget(OAuthError):
    """A token for this audience or resource is not to be had here (RFC 8693 §2.2.2)."""

    code = "invalid_target"


class AccessDenied(OAuthError):
    """The person said no."""

    code = "access_denied"


class LoginRequired(OAuthError):
    """The client forbade every page, and without one nobody is signed in as it needs."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """The client forbade every page, and the person has not allowed it all that it asks for."""

    code = "consent_required"


class RequestNotSupported(OAuthError):
    """Signed request objects are not taken."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """Nothing is ever fetched for a client."""

    code = "request_uri_not_supported"


class UnsafeRedirect(OAuthError):
    """Client or redirect URI is not known, so the browser must stay here and be told."""

    code = "invalid_request"


class AuthorizationRefused(Exception):
    """An authorization request failed after its redirect URI was found right: tell the client."""

    def __init__(self, error: OAuthError, redirect_uri: str, state: str | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.redirect_uri = redirect_uri
        self.state = state
