"""One deployment of overlays/local for all tests of the folder, and its end.

`./souk test k8s --kubeconfig FILE` names the cluster; without one the suite says so and ends with
77 before pytest starts. The namespace is removed afterwards, unless SOUK_K8S_KEEP is set.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from native import toolbox
from native.elsewhere import KUBECONFIG, why_not
from native.place import Place
from native.vault import Vault, open_vault
from tests.k8s.cluster import Shop

FIGURES: dict[str, float] = {}


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """Secrets that no other shop has."""
    home = tmp_path_factory.mktemp("vault")
    return open_vault(Place(home, home))


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The cluster with the shop's namespace and nothing that runs in it."""
    if reason := why_not("k8s"):
        pytest.skip(reason)
    scratch = tmp_path_factory.mktemp("overlay")
    found = Shop(Path(os.environ[KUBECONFIG]), toolbox.go_tool("kustomize"), scratch)
    found.prepare()
    yield found
    FIGURES.update(found.figures)
    if not os.environ.get("SOUK_K8S_KEEP"):
        found.kubectl("delete", "namespace", "souk", "--wait=false", check=False)


@pytest.fixture(scope="session")
def shop(api: Shop, vault: Vault) -> Shop:
    """The whole shop, ready, with goods and a client."""
    api.bring_images()
    api.deploy(vault)
    api.start_client(vault)
    api.client("goods")
    return api


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of this run, for docs/kubernetes.md: what a fixture prints nobody would see."""
    for name, seconds in FIGURES.items():
        terminalreporter.write_line(f"{name}: {seconds:.1f} s")
