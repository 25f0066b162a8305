"""Recognises browsers from which an account was signed in to before (OWASP's "device cookies").

The sign-in page keeps the cookie; a guesser at an account does not have it, so the tries that he
uses up are not those of the owner's own browser (ADR 16).
"""

import hmac
import secrets

from auth.adapters.token_maker import Keys, seal

_NONCE_LENGTH = 22


class DeviceSeal:
    """Implements api.dependencies.DeviceSeals: a nonce under a MAC with the account's address."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def token(self, email_key: str) -> str:
        """Returns a cookie for a browser that has just signed in to this account."""
        nonce = secrets.token_urlsafe(16)
        return nonce + self._mac(email_key, nonce)

    def device(self, email_key: str, token: str) -> str | None:
        """Returns the browser's name, or None when it has not signed in to this account."""
        nonce, mac = token[:_NONCE_LENGTH], token[_NONCE_LENGTH:]
        fits = hmac.compare_digest(self._mac(email_key, nonce).encode(), mac.encode())
        return nonce if fits else None

    def _mac(self, email_key: str, nonce: str) -> str:
        return seal(self._keys.seal, "device", f"{nonce}\0{email_key}".encode()).hex()
