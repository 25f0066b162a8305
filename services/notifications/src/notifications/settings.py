"""What notifications reads from the environment, beyond what every service reads.

`main.py` makes one; nothing else in the service looks at the environment.
"""

from email.headerregistry import Address
from email.utils import parseaddr
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator

from chassis.settings import ServiceSettings


class NotificationsSettings(ServiceSettings):
    """SOUK_SMTP_… say where the mail server is, SOUK_MAIL_FROM who writes."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8140
    smtp_host: str = "127.0.0.1"
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 8082
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    # Each keeps one connection to the server while there is something to send.
    smtp_connections: Annotated[int, Field(ge=1, le=16)] = 2
    mail_from: str = "Souk <shop@souk.example>"

    @field_validator("mail_from")
    @classmethod
    def _must_be_an_address(cls, value: str) -> str:
        _parse(value)
        return value

    @property
    def sender(self) -> Address:
        """The From address."""
        return _parse(self.mail_from)


def _parse(value: str) -> Address:
    """Reads `Name <local@domain>`; raises ValueError for anything else."""
    name, email = parseaddr(value)
    if not value.isprintable() or "@" not in email:
        raise ValueError(f"{value!r} is no address")
    return Address(name, addr_spec=email)
