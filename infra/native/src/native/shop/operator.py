"""The machine client `souk-operator`: its own tokens, and tokens to act for imported customers.

It authenticates by private_key_jwt (RFC 7523) and acts by token exchange (RFC 8693). Tokens are
kept until shortly before they end. `importer` and `replayer` ask it for header fields.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from native.shop.api import Api
from native.shop.signing import Signer

CLIENT = "souk-operator"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt"
OWN_SCOPES = (
    "catalog:write stock:read stock:write orders:read_all orders:fulfil orders:return_all "
    "orders:refund messages:read_all users:import"
)
MARGIN_SECONDS = 60.0

Headers = Mapping[str, str]
Grant = Callable[[], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Token:
    headers: Headers
    good_until: float


class Operator:
    """Speaks for the shop's own tools; all its methods may be called at the same time."""

    def __init__(self, api: Api, signer: Signer) -> None:
        self._api = api
        self._signer = signer
        self._issuer = ""
        self._own: _Token | None = None
        self._acting: dict[str, _Token] = {}

    async def headers(self) -> Headers:
        """The operator's own token, a new one where the old one is about to end."""
        if self._own is None or time.monotonic() > self._own.good_until:
            self._own = await self._token(lambda: {"grant_type": "client_credentials"}, OWN_SCOPES)
        return self._own.headers

    async def acting_for(self, account: str) -> Headers:
        """A token to fill carts and place orders as this account, which we imported."""
        kept = self._acting.get(account)
        if kept is None or time.monotonic() > kept.good_until:
            kept = await self._token(lambda: self._exchange(account), "orders:read orders:write")
            self._acting[account] = kept
        return kept.headers

    def guest(self, invoice: str) -> Headers:
        """The cart token of an invoice's guest: a secret that is the same in every run."""
        return {"Cart-Token": self._signer.derived(f"guest cart of invoice {invoice}")}

    def _exchange(self, account: str) -> Mapping[str, str]:
        return {
            "grant_type": EXCHANGE,
            "subject_token": self._assertion(account),
            "subject_token_type": JWT_TYPE,
        }

    def _assertion(self, subject: str) -> str:
        return self._signer.assertion(issuer=CLIENT, subject=subject, audience=self._issuer)

    async def _token(self, grant: Grant, scope: str) -> _Token:
        if not self._issuer:
            metadata = await self._api.send("GET", "/.well-known/oauth-authorization-server")
            self._issuer = metadata.json()["issuer"]

        def form() -> Mapping[str, str]:
            proof = {
                "client_id": CLIENT,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self._assertion(CLIENT),
            }
            return {**grant(), **proof, "scope": scope}

        asked = time.monotonic()
        body = (await self._api.send("POST", "/oauth/token", form=form)).json()
        headers = {"Authorization": f"Bearer {body['access_token']}"}
        return _Token(headers, asked + float(body["expires_in"]) - MARGIN_SECONDS)
