"""How often somebody may try: one table, for sign-in and everything beside it that can be guessed.

The use cases name the tries, `adapters/throttle.py` counts them. ADR 16 says why nobody can be
locked out for good by a stranger.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import ip_address
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` tries at once, and then one more each `seconds`."""

    name: str
    burst: int
    seconds: float


# One address is many people behind a company's gateway, and one guesser with a list of accounts.
SIGN_IN_ADDRESS = Limit("sign-in-address", burst=100, seconds=6)
SIGN_IN_ACCOUNT = Limit("sign-in-account", burst=10, seconds=60)
# A browser from which the owner has signed in before has tries of its own.
SIGN_IN_DEVICE = Limit("sign-in-device", burst=10, seconds=60)
# Six digits: a guesser who knows the password needs years at this pace.
SECOND_FACTOR = Limit("second-factor", burst=5, seconds=60)
PASSWORD_CHECK = Limit("password-check", burst=10, seconds=60)
MAIL_ADDRESS = Limit("mail-address", burst=30, seconds=60)
MAIL_ACCOUNT = Limit("mail-account", burst=3, seconds=600)
LINK_ADDRESS = Limit("link-address", burst=30, seconds=10)


@dataclass(frozen=True, slots=True)
class Try:
    """One try under one limit by, or at, one thing; `key` holds no personal data."""

    limit: Limit
    key: str


def by_address(limit: Limit, address: str) -> Try:
    """Counts per IPv4 address, and per IPv6 network of 64 bits, of which one host has plenty."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return Try(limit, _digest(address))
    if parsed.version == 6:
        return Try(limit, _digest(f"{int(parsed) >> 64:x}"))
    return Try(limit, _digest(parsed.compressed))


def by_text(limit: Limit, text: str) -> Try:
    """Counts per e-mail address as typed, known or not, or per browser."""
    return Try(limit, _digest(text))


def by_user(limit: Limit, user_id: UUID) -> Try:
    """Counts per account."""
    return Try(limit, str(user_id))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
