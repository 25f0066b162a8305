"""The settings of auth, on top of those that every service has.

Read once by `main.py`. What would weaken a shop that real people use stops the start.
"""

import json
from typing import Annotated, Any

from joserfc.errors import JoseError
from joserfc.jwk import import_key
from pydantic import field_validator, model_validator
from pydantic_settings import NoDecode

from chassis.settings import ServiceSettings

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class AuthSettings(ServiceSettings):
    """`operator_jwk` is the public JWK (RFC 7517) of the machine client; unset, there is none."""

    seed_demo: bool = False
    operator_jwk: Annotated[dict[str, Any] | None, NoDecode] = None

    @field_validator("operator_jwk", mode="before")
    @classmethod
    def _read_jwk(cls, value: Any) -> Any:
        if isinstance(value, str):
            return json.loads(value) if value.strip() else None
        return value

    @field_validator("operator_jwk")
    @classmethod
    def _public_only(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        """A private key has no business in the environment of the server."""
        if value is None:
            return None
        if value.get("kty") not in {"RSA", "EC"} or value.keys() & _PRIVATE_MEMBERS:
            raise ValueError("the key must be a public RSA or EC key")
        try:
            import_key(value)
        except (JoseError, ValueError) as error:
            raise ValueError("the key cannot be read") from error
        return value

    @model_validator(mode="after")
    def _demo_is_for_development(self) -> "AuthSettings":
        if self.seed_demo and self.environment == "production":
            raise ValueError("SOUK_SEED_DEMO opens accounts whose passwords everybody knows")
        return self
