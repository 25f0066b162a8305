"""What a deployment says to a cluster: kubectl's verbs, each with a limit in time.

`native.delivery.deploying` is the only caller. Objects are plain dictionaries, as
`kubectl kustomize` writes them.
"""

import json
import time
from collections.abc import Iterable
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


class MigrationFailed(StackError):
    """A migration's Job did not come to its end; nothing was rolled out."""


class Cluster:
    """One cluster, by the file that says how to reach it."""

    def __init__(self, kubeconfig: Path, seconds: float) -> None:
        self._words = ("kubectl", "--kubeconfig", str(kubeconfig), "--namespace", NAMESPACE)
        self._seconds = seconds

    def apply(self, things: Iterable[Thing]) -> None:
        """Make the cluster have these objects."""
        self._call("apply", "--filename", "-", given=yaml.safe_dump_all(things))

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
        jobs = json.loads(self._call("get", "job", "--selector", MIGRATIONS, "--output", "json"))
        waiting = []
        for job in jobs["items"]:
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
        found = json.loads(self._call("get", "deployment", "--output", "json"))["items"]
        told = "deployment.kubernetes.io/revision"
        return {
            one["metadata"]["name"]: one["metadata"].get("annotations", {}).get(told, "")
            for one in found
        }

    def wait_for(self, deployments: Iterable[str]) -> None:
        """Wait until every pod of them is of the newest kind and ready."""
        for name in deployments:
            limit = f"--timeout={self._seconds:.0f}s"
            self._call("rollout", "status", f"deployment/{name}", limit)

    def undo(self, deployment: str, revision: str) -> None:
        """Go back to an earlier roll-out of a Deployment."""
        self._call("rollout", "undo", f"deployment/{deployment}", f"--to-revision={revision}")

    def _call(self, *words: str, given: str | None = None) -> str:
        return call([*self._words, *words], given=given, seconds=self._seconds + 60)


def rendered(overlay: str) -> list[Thing]:
    """The objects of an overlay."""
    folder = CHECKOUT / "infra" / "k8s" / "overlays" / overlay
    if not folder.is_dir():
        raise StackError(f"there is no overlay {overlay}")
    said = call(["kubectl", "kustomize", str(folder)], seconds=120)
    return [thing for thing in yaml.safe_load_all(said) if thing]
