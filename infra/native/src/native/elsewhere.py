"""Suites that need more than this checkout: a container engine, or a cluster of Kubernetes.

`./souk test` asks before it runs one. Where the need is not met it says so, and the command ends
with 77 as automake's tests do, so that nobody takes a suite that did not run for one that passed.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

ANSWER_SECONDS = 20
KUBECONFIG = "SOUK_KUBECONFIG"


def why_not(suite: str) -> str | None:
    """Why this suite cannot run here; None when it can, or when it needs nothing special."""
    need = NEEDS.get(suite)
    return None if need is None else need()


def _no_engine() -> str | None:
    if shutil.which("docker") is None:
        return "not checked here: there is no docker on the PATH"
    if not _answers(["docker", "version", "--format", "{{.Server.Version}}"]):
        return "not checked here: no container engine answers"
    if not shutil.which("docker-compose") and not _answers(["docker", "compose", "version"]):
        return "not checked here: there is neither docker compose nor docker-compose"
    return None


def _no_cluster() -> str | None:
    file = os.environ.get(KUBECONFIG, "")
    if not file:
        return "not checked here: name a cluster with --kubeconfig FILE"
    if not Path(file).is_file():
        return f"not checked here: there is no file {file}"
    if shutil.which("kubectl") is None:
        return "not checked here: there is no kubectl on the PATH"
    if not _answers(["kubectl", "--kubeconfig", file, "get", "--raw", "/readyz"]):
        return f"not checked here: no cluster answers to {file}"
    return None


NEEDS: Mapping[str, Callable[[], str | None]] = {"compose": _no_engine, "k8s": _no_cluster}


def _answers(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=ANSWER_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
