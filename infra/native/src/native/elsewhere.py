"""Suites that need more than this checkout: a container engine, or a cluster of Kubernetes.

`./souk test` asks before it runs one. Where the need is not met it says so, and the command ends
with 77 as automake's tests do, so that nobody takes a suite that did not run for one that passed.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from native.compose.client import NoEngine, find, succeeds

ANSWER_SECONDS = 20
KUBECONFIG = "SOUK_KUBECONFIG"


def why_not(suite: str) -> str | None:
    """Why this suite cannot run here; None when it can, or when it needs nothing special."""
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
        return f"not checked here: there is no file {file}"
    if shutil.which("kubectl") is None:
        return "not checked here: there is no kubectl on the PATH"
    asked = ("kubectl", "--kubeconfig", file, "get", "--raw", "/readyz")
    if not succeeds(*asked, patience=ANSWER_SECONDS):
        return f"not checked here: no cluster answers to {file}"
    return None


NEEDS: Mapping[str, Callable[[], str | None]] = {"compose": _no_engine, "k8s": _no_cluster}
