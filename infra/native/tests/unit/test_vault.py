"""Secrets are made once, differ from stack to stack, and only public parts leave."""

import base64
import json
import stat
from pathlib import Path

import jwt
import pytest

from native.place import Place
from native.vault import DATABASES, PRIVATE_MEMBERS, open_vault


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A home whose secrets are made; the keys take a second."""
    home = tmp_path_factory.mktemp("vault")
    open_vault(Place(home, home))
    return Place(home, home)


def test_the_same_home_keeps_its_secrets(place: Place) -> None:
    assert open_vault(place) == open_vault(place)


def test_two_homes_share_no_secret(tmp_path: Path) -> None:
    homes = [tmp_path / "a", tmp_path / "b"]
    for home in homes:
        home.mkdir()
    first, second = (open_vault(Place(home, tmp_path)) for home in homes)
    assert first.postgres != second.postgres
    assert first.operator_jwk["n"] != second.operator_jwk["n"]
    assert len({first.postgres, *first.roles.values()}) == 1 + len(DATABASES)


def test_the_file_of_secrets_is_private(place: Place) -> None:
    assert stat.S_IMODE(place.secrets.stat().st_mode) == 0o600


def test_the_public_key_has_no_private_member(place: Place) -> None:
    public = open_vault(place).operator_public_jwk
    assert PRIVATE_MEMBERS.isdisjoint(public)
    assert {"kty", "n", "e", "kid"} <= public.keys()


def test_the_public_key_verifies_what_the_private_key_signs(place: Place) -> None:
    vault = open_vault(place)
    private, public = (
        jwt.PyJWK(key, algorithm="RS256") for key in (vault.operator_jwk, vault.operator_public_jwk)
    )
    token = jwt.encode({"sub": "souk-operator"}, private, algorithm="RS256")
    assert jwt.decode(token, public, algorithms=["RS256"]) == {"sub": "souk-operator"}


def test_the_key_has_2048_bits_and_no_padding(place: Place) -> None:
    modulus = open_vault(place).operator_jwk["n"]
    assert "=" not in json.dumps(modulus)
    octets = base64.urlsafe_b64decode(modulus + "==")
    assert int.from_bytes(octets, "big").bit_length() == 2048
