"""The second factor: a code from an authenticator app (RFC 6238), or one of the recovery codes.

pyotp computes the codes; that each is taken once, and which ones are near enough in time, is
decided here. The secret is encrypted by the repository, recovery codes are kept as hashes.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pyotp import TOTP, random_base32
from pyotp.utils import strings_equal

STEP_SECONDS = 30
# A clock may be one step off, either way (RFC 6238 §5.2).
DRIFT = 1
RECOVERY_CODES = 10
# 120 random bits each, so that a plain hash is enough (OWASP ASVS 6.5.2).
_GROUPS, _GROUP_LENGTH = 4, 6
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_ISSUER = "Souk"


@dataclass(slots=True)
class SecondFactor:
    """One account's authenticator. `last_step` is the newest time step whose code was taken."""

    user_id: UUID
    secret: str = field(repr=False)
    created_at: datetime
    confirmed_at: datetime | None = None
    last_step: int = 0

    @property
    def is_on(self) -> bool:
        """True once its owner has shown that the app gives the right codes."""
        return self.confirmed_at is not None

    def accept(self, code: str, now: datetime) -> bool:
        """Takes a code of six digits; False for a wrong one, and for one that was taken before.

        RFC 6238 §5.2: a code, and every older one, is refused after it was used.
        """
        totp, current = TOTP(self.secret), int(now.timestamp()) // STEP_SECONDS
        for step in range(current - DRIFT, current + DRIFT + 1):
            if step > self.last_step and strings_equal(totp.at(step * STEP_SECONDS), code):
                self.last_step = step
                return True
        return False

    def confirm(self, now: datetime) -> None:
        """Turns it on."""
        self.confirmed_at = now

    def uri(self, email: str) -> str:
        """Returns what an authenticator app reads from the QR code."""
        return TOTP(self.secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def new_second_factor(user_id: UUID, now: datetime) -> SecondFactor:
    """Returns one with a secret of 160 random bits, which is off until it is confirmed."""
    return SecondFactor(user_id, random_base32(), now)


def new_recovery_codes() -> list[str]:
    """Returns codes for somebody whose telephone is lost; each works once."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def hash_recovery_code(code: str) -> bytes:
    """Returns what is stored of a code, however its owner spaces it."""
    plain = "".join(character for character in code.lower() if character in _ALPHABET)
    return hashlib.sha256(plain.encode()).digest()


def _group() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH))
