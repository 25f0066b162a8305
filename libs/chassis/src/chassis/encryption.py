"""Encrypts the secrets that a service must be able to read again: AES-256-GCM, keys from outside.

A copy of the database is then worth nothing without the keys. Settings name several of them while
one is being changed: the first encrypts, all of them decrypt.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NAME_BYTES = 8
_NONCE_BYTES = 12


class Undecryptable(Exception):
    """The text was encrypted with a key that we do not have, for another place, or not by us."""

    def __init__(self) -> None:
        super().__init__("A secret cannot be decrypted; SOUK_KEY_ENCRYPTION_KEY lacks its key.")


class Encryption:
    """Keys of 32 bytes, the one that encrypts first."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_name(key): AESGCM(key) for key in keys}
        self._first = _name(keys[0])

    @property
    def current_name(self) -> bytes:
        """With what every text begins that the first key encrypted."""
        return self._first

    def encrypt(self, plain: bytes, place: str) -> bytes:
        """Returns key name, nonce and ciphertext; it can be read for the same `place` only.

        The place (a key's id, a user's id) is the associated data, so that nobody who can write
        to the database can swap one row's secret for another's.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._keys[self._first].encrypt(nonce, plain, place.encode())
        return self._first + nonce + sealed

    def decrypt(self, sealed: bytes, place: str) -> bytes:
        """Raises Undecryptable."""
        name, rest = sealed[:_NAME_BYTES], sealed[_NAME_BYTES:]
        key = self._keys.get(name)
        if key is None:
            raise Undecryptable
        try:
            return key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise Undecryptable from error

    def is_current(self, sealed: bytes) -> bool:
        """False for what should be encrypted anew, because an older key did it."""
        return sealed[:_NAME_BYTES] == self._first


def read_keys(text: str) -> list[bytes]:
    """Reads keys in base64 with commas between; raises ValueError for any other text."""
    try:
        keys = [base64.b64decode(part.strip(), validate=True) for part in text.split(",")]
    except binascii.Error as error:
        raise ValueError("a key is not base64") from error
    if any(len(key) != KEY_BYTES for key in keys):
        raise ValueError(f"a key does not have {KEY_BYTES} bytes")
    return keys


def _name(key: bytes) -> bytes:
    """A digest names the key and tells nothing about it, for the key is random."""
    return hashlib.sha256(b"souk key name\0" + key).digest()[:_NAME_BYTES]
