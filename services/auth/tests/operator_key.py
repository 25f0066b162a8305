"""The operator's side of private_key_jwt and token exchange, written with another library.

PyJWT signs here what joserfc verifies in the service.
"""

import json
import time
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from auth.application.authenticate_client import ASSERTION_TYPE
from auth.application.token_request import JWT_TYPE
from auth.domain.client import TOKEN_EXCHANGE

ISSUER = "http://localhost:8080"


class OperatorKey:
    """An RSA key of the client `souk-operator`."""

    def __init__(self) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(RSAAlgorithm.to_jwk(self._private.public_key()))
        self.public: dict[str, Any] = {**public, "kid": "operator-1", "use": "sig", "alg": "RS256"}

    def sign(self, subject: str, *, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Returns an assertion about `subject`; a claim given as None is left out."""
        now = int(time.time())
        document = {
            "iss": "souk-operator",
            "sub": subject,
            "aud": f"{ISSUER}/oauth/token",
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid4()),
            **claims,
        }
        kept = {name: value for name, value in document.items() if value is not None}
        return jwt.encode(
            kept, self._private, "RS256", headers={"kid": "operator-1", **(headers or {})}
        )

    def credentials(self, **claims: Any) -> dict[str, str]:
        """Returns the form fields of private_key_jwt (RFC 7523 §2.2)."""
        return {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.sign("souk-operator", **claims),
        }

    def client_credentials(self, **fields: str) -> dict[str, str]:
        """Returns the form of the client credentials grant."""
        return {"grant_type": "client_credentials", **self.credentials(), **fields}

    def exchange(self, account: str, **fields: str) -> dict[str, str]:
        """Returns the form of a token exchange for an account."""
        return {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": self.sign(account),
            "subject_token_type": JWT_TYPE,
            **self.credentials(),
            **fields,
        }
