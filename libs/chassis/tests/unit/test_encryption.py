"""Secrets at rest: only the right key reads them, in their own place, and keys can be changed."""

import pytest

from chassis.encryption import Encryption, Undecryptable

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_is_encrypted_can_be_read_again_and_looks_different_each_time() -> None:
    encryption = Encryption([OLD])
    first, second = (encryption.encrypt(b"secret", "place") for _ in range(2))
    assert first != second
    assert b"secret" not in first
    assert encryption.decrypt(first, "place") == encryption.decrypt(second, "place") == b"secret"


def test_a_secret_cannot_be_moved_to_another_place() -> None:
    encryption = Encryption([OLD])
    with pytest.raises(Undecryptable):
        encryption.decrypt(encryption.encrypt(b"secret", "place"), "other")


def test_no_byte_can_be_changed() -> None:
    encryption = Encryption([OLD])
    sealed = encryption.encrypt(b"secret", "place")
    for index in range(len(sealed)):
        forged = sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :]
        with pytest.raises(Undecryptable):
            encryption.decrypt(forged, "place")


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 8, b"secret" * 10])
def test_what_we_never_encrypted_is_refused(sealed: bytes) -> None:
    with pytest.raises(Undecryptable):
        Encryption([OLD]).decrypt(sealed, "place")


def test_a_key_is_changed_by_putting_the_new_one_first() -> None:
    sealed = Encryption([OLD]).encrypt(b"secret", "place")
    both = Encryption([NEW, OLD])
    assert both.decrypt(sealed, "place") == b"secret"
    assert not both.is_current(sealed)
    anew = both.encrypt(b"secret", "place")
    assert both.is_current(anew)
    assert Encryption([NEW]).decrypt(anew, "place") == b"secret"
    with pytest.raises(Undecryptable):
        Encryption([NEW]).decrypt(sealed, "place")
