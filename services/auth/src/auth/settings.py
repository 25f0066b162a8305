"""The settings of auth, on top of those that every service has.

Read once by `main.py`. What would weaken a shop that real people use stops the start.
"""

import base64
import json
import re
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal

from joserfc.errors import JoseError
from joserfc.jwk import import_key
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from auth.domain.identity_provider import IdentityProvider
from chassis.encryption import read_keys
from chassis.settings import ServiceSettings

# Everybody can read it here, so it protects nothing; the chassis refuses it in production.
DEVELOPMENT_KEY = SecretStr(base64.b64encode(b"a key for development and tests!").decode())
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class AuthSettings(ServiceSettings):
    """`operator_jwk` is the public JWK (RFC 7517) of the machine client; unset, there is none.

    `key_encryption_key` holds 32 bytes in base64, or several such keys with commas between while
    one replaces another: the first encrypts the secrets in the database, all decrypt them.
    """

    seed_demo: bool = False
    # The gateway: whose X-Forwarded-For says where a request came from.
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = (
        IPv4Network("127.0.0.0/8"),
        IPv6Network("::1/128"),
    )
    smtp_host: str = "127.0.0.1"
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 8082
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: Annotated[str, Field(pattern=r"^[^<>\r\n]+ <[^<>@\s]+@[^<>@\s]+>$")] = (
        "Souk <shop@souk.example>"
    )
    identity_providers: tuple[IdentityProvider, ...] = ()
    key_encryption_key: SecretStr = DEVELOPMENT_KEY
    # After how many days a signing key is replaced.
    signing_key_days: Annotated[int, Field(ge=1, le=365)] = 30
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

    @field_validator("key_encryption_key")
    @classmethod
    def _usable_keys(cls, value: SecretStr) -> SecretStr:
        read_keys(value.get_secret_value())
        return value

    @property
    def encryption_keys(self) -> list[bytes]:
        """The keys of `key_encryption_key`."""
        return read_keys(self.key_encryption_key.get_secret_value())

    @field_validator("identity_providers")
    @classmethod
    def _one_of_each(cls, value: tuple[IdentityProvider, ...]) -> tuple[IdentityProvider, ...]:
        """Ids stand in paths, and an issuer is one provider."""
        if not all(re.fullmatch(r"[a-z0-9-]{1,32}", provider.id) for provider in value):
            raise ValueError("the id of a provider has small letters, digits and hyphens")
        for names in ([one.id for one in value], [one.issuer for one in value]):
            if len(set(names)) != len(names):
                raise ValueError("a provider is there twice")
        return value

    @model_validator(mode="after")
    def _providers_are_encrypted(self) -> "AuthSettings":
        plain = [one for one in self.identity_providers if not one.issuer.startswith("https://")]
        if plain and self.environment == "production":
            raise ValueError("SOUK_IDENTITY_PROVIDERS names an issuer without https")
        return self

    @model_validator(mode="after")
    def _demo_is_for_development(self) -> "AuthSettings":
        if self.seed_demo and self.environment == "production":
            raise ValueError("SOUK_SEED_DEMO opens accounts whose passwords everybody knows")
        return self
