"""Each domain error has its row: in the problem table, or in OAuth's own vocabulary."""

import inspect

from auth.api.client_problems import CLIENT_PROBLEMS
from auth.api.problems import PROBLEMS
from auth.domain import errors, oauth_errors


def test_every_account_error_has_its_row() -> None:
    defined = {
        kind
        for _name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.AccountError) and kind is not errors.AccountError
    }
    assert defined == PROBLEMS.keys() - CLIENT_PROBLEMS.keys()


def test_every_oauth_error_has_a_code_of_the_protocol() -> None:
    known = {
        *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"),
        *("unsupported_grant_type", "unsupported_response_type", "invalid_scope"),
        *("invalid_target", "access_denied", "login_required", "consent_required"),
        *("request_not_supported", "request_uri_not_supported"),
    }
    kinds = [
        kind
        for _name, kind in inspect.getmembers(oauth_errors, inspect.isclass)
        if issubclass(kind, oauth_errors.OAuthError) and kind is not oauth_errors.OAuthError
    ]
    assert {kind.code for kind in kinds} <= known
    assert len(kinds) >= 9
