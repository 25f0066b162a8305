"""Suites that need more than this checkout: a container engine, or a cluster of Kubernetes.

`./souk test` asks before it runs one. Where the need is not met it says so, and the command ends
with 77 as automake's tests do, so that nobody takes a suite that did not run for one that passed.
A cluster that somebody named has to be there: then nothing is left out, and it fails instead.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from native.compose.client import NoEngine, find, succeeds
from native.errors import StackError

ANSWER_SECONDS = 20
KUBECONFIG = "SOUK_KUBECONFIG"


class ClusterMissing(StackError):
    """The cluster that was named cannot be used; the text says why."""


def why_not(suite: str) -> str | None:
    """Why this suite cannot run here; None when it can, or when it needs nothing special.

    Raises:
        ClusterMissing: a cluster was named, and it cannot be used.
    """
    need = NEEDS.get(suite)
    return None if need is None else need()


def _no_engine() -> str | None:
    try:
        find(patience=ANSWER_SECONDS)
    except NoEngine as why:
        return f"not checked here: {why}"
    return None


def _no_cluster() -> str | None:
    file = os.environ.get(KUBECONFIG, "")
    if not file:
        return "not checked here: name a cluster with --kubeconfig FILE"
    if not Path(file).is_file():
        raise ClusterMissing(f"there is no file {file}")
    if shutil.which("kubectl") is None:
        raise ClusterMissing("there is no kubectl on the PATH")
    asked = ("kubectl", "--kubeconfig", file, "get", "--raw", "/readyz")
    if not succeeds(*asked, patience=ANSWER_SECONDS):
        raise ClusterMissing(f"no cluster answers to {file}")
    return None


NEEDS: Mapping[str, Callable[[], str | None]] = {"compose": _no_engine, "k8s": _no_cluster}
