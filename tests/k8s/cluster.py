"""The cluster that `--kubeconfig` names: images are brought there, overlays/local is deployed.

`conftest.py` makes one for all tests. Nothing here knows what kind of cluster it is, but for how
images get there: into kind by its own command, elsewhere by `SOUK_K8S_IMPORT` (a command that reads
`docker save` on its standard input), or else from the registry that the images' names say.
"""

import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from native.delivery.cluster import Cluster
from native.kubernetes import secrets
from native.place import CHECKOUT
from native.vault import Vault
from tests.infra.k8s.rendered import Manifest, build, of_kind

NAMESPACE = "souk"
SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications", "gateway")
# Base images of the servers; the variables are those of Compose.
ENGINES = {
    "postgres": ("POSTGRES_IMAGE", "postgres:18"),
    "redis": ("REDIS_IMAGE", "redis:8"),
    "apache/kafka": ("KAFKA_IMAGE", "apache/kafka:4.1.0"),
    "mongo": ("MONGO_IMAGE", "mongo:8"),
}
LOCAL = CHECKOUT / "infra" / "k8s" / "overlays" / "local"
CLIENT = Path(__file__).with_name("client.py")
SECONDS = float(os.environ.get("SOUK_K8S_SECONDS", "600"))


class Shop:
    """overlays/local on one cluster."""

    def __init__(self, kubeconfig: Path, kustomize: Path, scratch: Path) -> None:
        self.kubeconfig = kubeconfig
        self._kustomize = kustomize
        self._scratch = scratch
        self.cluster = Cluster(kubeconfig, SECONDS)
        self.figures: dict[str, float] = {}

    def kubectl(self, *words: str, given: str | None = None, check: bool = True) -> str:
        """What kubectl said; raises AssertionError with what it complained of."""
        base = ["kubectl", "--kubeconfig", str(self.kubeconfig), "--namespace", NAMESPACE]
        done = subprocess.run(
            [*base, *words], input=given, capture_output=True, text=True, timeout=SECONDS + 60
        )
        assert not check or done.returncode == 0, f"{words[:3]}: {done.stderr[-2000:]}"
        return done.stdout if done.returncode == 0 else done.stdout + done.stderr

    def objects(self, kind: str, *words: str) -> list[dict[str, Any]]:
        """The objects of a kind that are there."""
        found: list[dict[str, Any]] = json.loads(
            self.kubectl("get", kind, *words, "--output", "json")
        )["items"]
        return found

    def names(self) -> list[str]:
        """Every image that a pod will run, under the name that it has here."""
        tag = os.environ.get("SOUK_TAG", "dev")
        own = [f"souk/{name}:{tag}" for name in (*SERVICES, "operator")]
        return own + [os.environ.get(variable, image) for variable, image in ENGINES.values()]

    def at_hand(self) -> list[str]:
        """The images that can be brought; nodes fetch the servers' themselves where they are not.

        Raises AssertionError for one of the shop's own, which nobody but us can build.
        """
        found = []
        for name in self.names():
            asked = ["docker", "image", "inspect", name]
            there = subprocess.run(asked, capture_output=True, check=False, timeout=SECONDS)
            assert there.returncode == 0 or not name.startswith("souk/"), f"{name} was not built"
            found += [name] if there.returncode == 0 else []
        return found

    def bring_images(self) -> None:
        """Put the images where the cluster's nodes find them, if a way was named."""
        context = self.kubectl("config", "current-context", check=False).strip()
        way = os.environ.get("SOUK_K8S_IMPORT")
        if way:
            with subprocess.Popen(
                ["docker", "save", *self.at_hand()], stdout=subprocess.PIPE
            ) as saved:
                subprocess.run(shlex.split(way), stdin=saved.stdout, check=True, timeout=SECONDS)
            assert saved.returncode == 0
        elif context.startswith("kind-"):
            name = context.removeprefix("kind-")
            load = ["kind", "load", "docker-image", "--name", name, *self.at_hand()]
            subprocess.run(load, check=True, timeout=SECONDS)

    def rendered(self) -> list[Manifest]:
        """overlays/local with the images and, where there is no storage class, without volumes."""
        relative = os.path.relpath(LOCAL, self._scratch)
        components = Path(relative).parents[1] / "components" / "ephemeral"
        tag = os.environ.get("SOUK_TAG", "dev")
        images = [{"name": f"souk/{name}", "newTag": tag} for name in (*SERVICES, "operator")]
        for name, (variable, image) in ENGINES.items():
            new, _, version = os.environ.get(variable, image).rpartition(":")
            images.append({"name": name, "newName": new, "newTag": version})
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [relative],
            "components": [] if self._has_storage() else [str(components)],
            "images": images,
        }
        (self._scratch / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return build(self._kustomize, self._scratch)

    def _has_storage(self) -> bool:
        default = "storageclass.kubernetes.io/is-default-class"
        return any(
            one["metadata"].get("annotations", {}).get(default) == "true"
            for one in self.objects("storageclass")
        )

    def prepare(self) -> None:
        """The namespace, and the accounts without which no pod is admitted.

        A shop that is there has secrets of its own, which these tests must not overwrite.
        """
        there = self.kubectl("get", "deployments,statefulsets", "--output", "name", check=False)
        assert "/" not in there, f"there is a shop in the namespace {NAMESPACE} already"
        things: list[Any] = list(self.rendered())
        self.cluster.apply(of_kind(things, "Namespace"))  # type: ignore[arg-type]
        self.cluster.apply(of_kind(things, "ServiceAccount"))  # type: ignore[arg-type]

    def deploy(self, vault: Vault) -> None:
        """As docs/kubernetes.md has it: settings, servers, migrations, then the shop."""
        begun = time.monotonic()
        things: list[Any] = list(self.rendered())
        given = json.dumps(secrets.manifests(secrets.values(vault)))
        self.kubectl("apply", "--filename", "-", given=given)
        last = {"Deployment", "Job", "Namespace"}
        self.cluster.apply(thing for thing in things if thing["kind"] not in last)
        for server in of_kind(things, "StatefulSet"):
            name = f"statefulset/{server['metadata']['name']}"
            self.kubectl("rollout", "status", name, f"--timeout={SECONDS:.0f}s")
        self.figures["servers ready"] = time.monotonic() - begun
        self.cluster.migrate([thing for thing in things if thing["kind"] == "Job"])
        self.figures["migrated"] = time.monotonic() - begun
        pods = [thing for thing in things if thing["kind"] == "Deployment"]
        self.cluster.apply(pods)
        self.cluster.wait_for(thing["metadata"]["name"] for thing in pods)
        self.figures["shop ready"] = time.monotonic() - begun

    def start_client(self, vault: Vault) -> None:
        """A pod that may reach the gateway and nothing else, with `client.py` in it."""
        manifests = (Path(__file__).with_name("client.yaml")).read_text()
        manifests = manifests.replace("souk/operator:dev", self.names()[len(SERVICES)])
        files = {"client.py": CLIENT.read_text()}
        held = {"jwk.json": json.dumps(vault.operator_jwk)}
        more = [
            _holder("ConfigMap", {"data": files}),
            _holder("Secret", {"stringData": held}),
        ]
        everything = manifests + "\n---\n" + yaml.safe_dump_all(more)
        self.kubectl("apply", "--filename", "-", given=everything)
        self.kubectl("wait", "--for=condition=Ready", "pod/client", f"--timeout={SECONDS:.0f}s")

    def client(self, *words: str, pod: str = "client") -> dict[str, Any]:
        """What `client.py` told."""
        run = ["exec", pod, "--", "python", "/client/client.py", *words]
        told: dict[str, Any] = json.loads(self.kubectl(*run))
        return told

    def under_load(self, what: Callable[[], None], seconds: float = 900) -> dict[str, Any]:
        """Buy and read without a pause while `what` happens, and a few seconds longer."""
        base = ["kubectl", "--kubeconfig", str(self.kubeconfig), "--namespace", NAMESPACE]
        run = ["exec", "client", "--", "python", "/client/client.py", "load", str(seconds)]
        with subprocess.Popen([*base, *run], stdout=subprocess.PIPE, text=True) as crowd:
            try:
                time.sleep(5)
                what()
                time.sleep(5)
            finally:
                # The images hold no program but Python.
                stop = "import pathlib; pathlib.Path('/tmp/stop').touch()"
                self.kubectl("exec", "client", "--", "python", "-c", stop)
            said, _ = crowd.communicate(timeout=seconds)
        told: dict[str, Any] = json.loads(said)
        return told


def _holder(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"name": "client", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **content}


def failures(answers: Mapping[str, int]) -> dict[str, int]:
    """What was answered with anything but success; an error has its name for a status."""
    return {what: count for what, count in answers.items() if what.split()[-1][0] not in "23"}


def pods_of(pods: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    """The names of the pods that carry a service's name."""
    label = "app.kubernetes.io/name"
    return [p["metadata"]["name"] for p in pods if p["metadata"]["labels"].get(label) == name]
