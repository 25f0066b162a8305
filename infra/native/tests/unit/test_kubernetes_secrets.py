"""Each Secret holds a service's own and nobody else's, and is the same for the same home."""

import base64
import json
from itertools import combinations
from pathlib import Path

import pytest

from native.kubernetes import secrets
from native.kubernetes.secrets import manifests, values
from native.place import Place
from native.vault import DATABASES, Vault, open_vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return open_vault(Place(tmp_path, tmp_path))


def test_no_two_services_share_a_secret(vault: Vault) -> None:
    own = {name: set(values(vault)[name].values()) for name in (*DATABASES, "catalog")}
    for one, other in combinations(own, 2):
        assert not own[one] & own[other], f"{one} and {other}"


def test_nobody_but_the_operator_has_the_private_key(vault: Vault) -> None:
    assert vault.operator_jwk["d"] not in json.dumps(values(vault))
    assert json.loads(values(vault)["auth"]["SOUK_OPERATOR_JWK"])["n"] == vault.operator_jwk["n"]


def test_a_key_that_encrypts_has_32_bytes_and_each_service_its_own(vault: Vault) -> None:
    keys = [values(vault)[name]["SOUK_KEY_ENCRYPTION_KEY"] for name in ("auth", "notifications")]
    assert [len(base64.b64decode(key)) for key in keys] == [32, 32]
    assert keys[0] != keys[1]


def test_postgresql_gets_the_password_that_each_service_has(vault: Vault) -> None:
    found = values(vault)
    for name in DATABASES:
        password = found["postgres"][f"PASSWORD_{name.upper()}"]
        assert found[name]["SOUK_DATABASE_URL"] == (
            f"postgresql://{name}:{password}@postgres:5432/{name}"
        )


def test_the_command_prints_the_same_list_for_the_same_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOUK_HOME", str(tmp_path))
    printed = []
    for _ in range(2):
        secrets.main()
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    items = json.loads(printed[0])["items"]
    assert {item["kind"] for item in items} == {"Secret"}
    assert {item["metadata"]["name"] for item in items} == set(
        values(open_vault(Place(tmp_path, tmp_path)))
    )
    assert manifests({})["items"] == []
