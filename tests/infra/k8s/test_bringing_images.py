"""How images get to a cluster, against programs that write down what they are asked.

`tests/k8s` does it for real, where there is a cluster; what differs from one to the next is here.
"""

import stat
from pathlib import Path

import pytest

from tests.k8s.cluster import ENGINES, SERVICES, Shop

OWN = [f"souk/{name}:dev" for name in (*SERVICES, "operator")]
# Only what is built here is there, as on a fresh machine of a pipeline.
DOCKER = """#!/bin/sh
case "$1 $2" in
  "image inspect") case $3 in {there}) exit 0 ;; *) exit 1 ;; esac ;;
  save*) shift; echo "$@" ;;
esac
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop on `kind-souk`, with fakes of the programs that are called."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("SOUK_K8S_IMPORT", raising=False)
    monkeypatch.delenv("SOUK_TAG", raising=False)
    for variable, _ in ENGINES.values():
        monkeypatch.delenv(variable, raising=False)
    plant(tmp_path, "kubectl", "#!/bin/sh\necho kind-souk\n")
    plant(tmp_path, "kind", f'#!/bin/sh\necho "$@" >>{tmp_path}/loaded\n')
    plant(tmp_path, "docker", DOCKER.format(there="souk/*"))
    return Shop(tmp_path / "kubeconfig", tmp_path / "kustomize", tmp_path)


def plant(folder: Path, name: str, text: str) -> None:
    program = folder / name
    program.write_text(text)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_kind_is_given_what_is_here_and_fetches_the_official_servers_itself(
    shop: Shop, tmp_path: Path
) -> None:
    shop.bring_images()
    words = (tmp_path / "loaded").read_text().split()
    assert words == ["load", "docker-image", "--name", "souk", *OWN]


def test_servers_that_are_here_are_brought_too(shop: Shop, tmp_path: Path) -> None:
    plant(tmp_path, "docker", DOCKER.format(there="souk/*|postgres:18"))
    shop.bring_images()
    assert (tmp_path / "loaded").read_text().split()[4:] == [*OWN, "postgres:18"]


def test_an_image_of_the_shop_that_was_not_built_is_named(shop: Shop, tmp_path: Path) -> None:
    plant(tmp_path, "docker", DOCKER.format(there="souk/auth:dev"))
    with pytest.raises(AssertionError, match="souk/catalog:dev was not built"):
        shop.bring_images()
    assert not (tmp_path / "loaded").exists()


def test_any_other_cluster_is_given_them_by_the_command_that_was_named(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, "import", f"#!/bin/sh\nread images; echo $images >{tmp_path}/imported\n")
    monkeypatch.setenv("SOUK_K8S_IMPORT", str(tmp_path / "import"))
    shop.bring_images()
    assert (tmp_path / "imported").read_text().split() == OWN
    assert not (tmp_path / "loaded").exists()
