"""Every overlay, built once for all tests of the folder."""

from collections.abc import Mapping

import pytest

from tests.infra.conftest import Bring
from tests.infra.k8s.rendered import K8S, OVERLAYS, Manifest, build

Overlays = Mapping[str, list[Manifest]]


@pytest.fixture(scope="session")
def overlays(go_tool: Bring) -> Overlays:
    """Each overlay's objects by its name."""
    kustomize = go_tool("kustomize")
    return {name: build(kustomize, K8S / "overlays" / name) for name in OVERLAYS}


@pytest.fixture(scope="session")
def everything(overlays: Overlays) -> list[Manifest]:
    """The objects of all overlays, one after another."""
    return [manifest for objects in overlays.values() for manifest in objects]
