"""What notifications reads from the environment, beyond what every service reads.

`main.py` makes one; nothing else in the service looks at the environment.
"""

import base64
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from chassis.encryption import read_keys
from chassis.settings import ServiceSettings
from notifications.domain.destination import Guard

# Everybody can read it here, so it protects nothing; the chassis refuses it in production.
DEVELOPMENT_KEY = SecretStr(base64.b64encode(b"a key for webhooks while we test").decode())


class NotificationsSettings(ServiceSettings):
    """SOUK_SMTP_… say where the mail server is, SOUK_MAIL_FROM who writes.

    `key_encryption_key` holds 32 bytes in base64, or several such keys with commas between while
    one replaces another: the first encrypts the secrets of webhooks, all decrypt them.
    """

    port: Annotated[int, Field(ge=0, le=65535)] = 8140
    smtp_host: str = "127.0.0.1"
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 8082
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    # Each keeps one connection to the server while there is something to send.
    smtp_connections: Annotated[int, Field(ge=1, le=16)] = 2
    mail_from: str = "Souk <shop@souk.example>"
    # So many may follow orders at once; the gateway has 128 connections for each of us.
    update_listeners: Annotated[int, Field(ge=1)] = 100
    key_encryption_key: SecretStr = DEVELOPMENT_KEY
    # Networks beyond the public ones that webhooks may go to: this machine's, for development.
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @field_validator("key_encryption_key")
    @classmethod
    def _must_be_keys(cls, value: SecretStr) -> SecretStr:
        read_keys(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _only_public_addresses(self) -> Self:
        if self.webhook_networks and self.environment == "production":
            raise ValueError("SOUK_WEBHOOK_NETWORKS would open our own networks to webhooks")
        return self

    @field_validator("mail_from")
    @classmethod
    def _must_be_an_address(cls, value: str) -> str:
        _parse(value)
        return value

    @property
    def sender(self) -> Address:
        """The From address."""
        return _parse(self.mail_from)

    @property
    def encryption_keys(self) -> list[bytes]:
        """The keys of `key_encryption_key`."""
        return read_keys(self.key_encryption_key.get_secret_value())

    @property
    def webhook_guard(self) -> Guard:
        """Where webhooks may go; without TLS only outside production."""
        return Guard(self.webhook_networks, plain=self.environment != "production")


def _parse(value: str) -> Address:
    """Reads `Name <local@domain>`; raises ValueError for anything else."""
    name, email = parseaddr(value)
    if not value.isprintable() or "@" not in email:
        raise ValueError(f"{value!r} is no address")
    return Address(name, addr_spec=email)
