"""What a deployment says to a cluster: kubectl's verbs, each with a limit in time.

`native.delivery.deploying` is the only caller. Objects are plain dictionaries, as
`kubectl kustomize` writes them.
"""

import json
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import yaml

from native.delivery.programs import ProgramFailed, call
from native.errors import StackError
from native.place import CHECKOUT
from native.progress import output

NAMESPACE = "souk"
MIGRATIONS = "app.kubernetes.io/component=migration"
LOOK_AGAIN = 2.0

Thing = dict[str, Any]


class CanaryFailed(StackError):
    """A canary did worse than the version before, or did not come to its end in time."""


class MigrationFailed(StackError):
    """A migration's Job did not come to its end; nothing was rolled out."""


class Cluster:
    """One cluster, by the file that says how to reach it."""

    def __init__(self, kubeconfig: Path, seconds: float) -> None:
        self._words = ("kubectl", "--kubeconfig", str(kubeconfig))
        self._seconds = seconds

    def apply(self, things: Iterable[Thing]) -> None:
        """Make the cluster have these objects."""
        given = yaml.safe_dump_all(things)
        call([*self._words, "apply", "--filename", "-"], given=given, seconds=self._seconds)

    def migrate(self, jobs: list[Thing]) -> None:
        """Run the migrations and wait for the last of them.

        Raises:
            MigrationFailed: one failed, or the time is up.
        """
        self._call("delete", "job", "--selector", MIGRATIONS, "--ignore-not-found", "--wait")
        self.apply(jobs)
        until = time.monotonic() + self._seconds
        while waiting := self._unfinished():
            if time.monotonic() > until:
                raise MigrationFailed(
                    f"no end of {', '.join(waiting)} within {self._seconds:.0f} s"
                )
            time.sleep(LOOK_AGAIN)

    def _unfinished(self) -> list[str]:
        waiting = []
        for job in self._items("job", "--selector", MIGRATIONS):
            name, conditions = job["metadata"]["name"], job.get("status", {}).get("conditions", [])
            true = {one["type"] for one in conditions if one["status"] == "True"}
            if "Failed" in true:
                self._show(name)
                raise MigrationFailed(f"{name} failed; the version before goes on")
            if "Complete" not in true:
                waiting.append(name)
        return waiting

    def _show(self, job: str) -> None:
        try:
            output().print(self._call("logs", f"job/{job}", "--tail", "40"))
        except ProgramFailed:
            return

    def revisions(self) -> dict[str, str]:
        """Each Deployment that is there, with the number of its newest roll-out."""
        told = "deployment.kubernetes.io/revision"
        return {
            one["metadata"]["name"]: one["metadata"].get("annotations", {}).get(told, "")
            for one in self._items("deployment")
        }

    def wait_for(self, deployments: Iterable[str]) -> None:
        """Wait until every pod of them is of the newest kind and ready."""
        for name in deployments:
            limit = f"--timeout={self._seconds:.0f}s"
            self._call("rollout", "status", f"deployment/{name}", limit)

    def wait_for_canaries(self, rollouts: Collection[str]) -> None:
        """Wait until each Rollout has given all its pods to what its Deployment says now.

        Raises:
            CanaryFailed: its analysis ended it, or the time is up.
        """
        until = time.monotonic() + self._seconds
        while rollouts and (waiting := self._on_the_way(rollouts)):
            if time.monotonic() > until:
                raise CanaryFailed(f"no end of {', '.join(waiting)} within {self._seconds:.0f} s")
            time.sleep(LOOK_AGAIN)

    def _on_the_way(self, rollouts: Collection[str]) -> list[str]:
        generations = {
            one["metadata"]["name"]: str(one["metadata"]["generation"])
            for one in self._items("deployment")
        }
        waiting = []
        for one in self._items("rollout"):
            name, status = one["metadata"]["name"], one.get("status", {})
            if name not in rollouts:
                continue
            seen = status.get("workloadObservedGeneration") == generations.get(name)
            if seen and status.get("phase") == "Degraded":
                raise CanaryFailed(f"{name}: {status.get('message', 'degraded')}")
            if not seen or status.get("phase") != "Healthy":
                waiting.append(name)
        return waiting

    def undo(self, deployment: str, revision: str) -> None:
        """Go back to an earlier roll-out of a Deployment."""
        self._call("rollout", "undo", f"deployment/{deployment}", f"--to-revision={revision}")

    def _items(self, kind: str, *words: str) -> list[Thing]:
        return list(json.loads(self._call("get", kind, *words, "--output", "json"))["items"])

    def _call(self, *words: str) -> str:
        here = ("--namespace", NAMESPACE)
        return call([*self._words, *here, *words], seconds=self._seconds + 60)


def rendered(overlay: str) -> list[Thing]:
    """The objects of an overlay."""
    folder = CHECKOUT / "infra" / "k8s" / "overlays" / overlay
    if not folder.is_dir():
        raise StackError(f"there is no overlay {overlay}")
    said = call(["kubectl", "kustomize", str(folder)], seconds=120)
    return [thing for thing in yaml.safe_load_all(said) if thing]
