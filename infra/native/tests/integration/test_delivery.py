"""Images and deployments, against programs that write down what they are asked or fail."""

import json
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from native.cli import app
from native.delivery import deploying, images, readme, smoke
from native.delivery.cluster import MigrationFailed
from native.delivery.deploying import RolledBack, pushed, with_images
from native.errors import StackError
from native.place import CHECKOUT

DIGEST = "sha256:" + "a" * 64
# A kubectl that knows two Deployments and a migration, and of which roll-outs it is told.
KUBECTL = """
import json, pathlib, sys
here = pathlib.Path(__file__).parent
words = sys.argv[1:]
given = sys.stdin.read() if "-" in words else ""
with (here / "calls").open("a") as calls:
    calls.write(json.dumps([words, given]) + "\\n")
state = json.loads((here / "state").read_text())
if "kustomize" in words:
    print((here / "overlay.yaml").read_text())
elif "apply" in words and "kind: Deployment" in given:
    state["revision"] += 1
elif "undo" in words:
    state["revision"] += 1
    state["bad"] = False
elif "get" in words and "job" in words:
    condition = {"type": state["job"], "status": "True"}
    job = {"metadata": {"name": "orders-migration"}, "status": {"conditions": [condition]}}
    print(json.dumps({"items": [job]}))
elif "get" in words and "deployment" in words:
    told = {"deployment.kubernetes.io/revision": str(state["revision"])}
    meta = {"name": "orders-api", "annotations": told, "generation": state["revision"]}
    print(json.dumps({"items": [{"metadata": meta}]}))
elif "get" in words and "rollout" in words:
    phase = "Degraded" if state["bad"] == "canary" else "Healthy"
    seen = str(state["revision"])
    status = {"phase": phase, "workloadObservedGeneration": seen, "message": "5xx"}
    print(json.dumps({"items": [{"metadata": {"name": "orders-api"}, "status": status}]}))
elif "status" in words and state["bad"] is True:
    sys.exit(1)
(here / "state").write_text(json.dumps(state))
"""
OVERLAY = """
kind: Namespace
metadata: {name: souk}
---
kind: Job
metadata: {name: orders-migration}
spec: {template: {spec: {containers: [{name: souk, image: souk/orders}]}}}
---
kind: Deployment
metadata: {name: orders-api}
spec: {template: {spec: {containers: [{name: souk, image: "ghcr.io/x/souk/orders:dev"}]}}}
"""


class Programs:
    """A folder at the head of the PATH with programs of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, body: str) -> None:
        file = self.folder / name
        file.write_text(f"#!{sys.executable} -IS\n{body}")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def calls(self) -> list[tuple[list[str], str]]:
        lines = (self.folder / "calls").read_text().splitlines()
        return [(words, given) for words, given in map(json.loads, lines)]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return Programs(tmp_path)


@pytest.fixture
def cluster(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> Programs:
    programs.add("kubectl", KUBECTL)
    (programs.folder / "overlay.yaml").write_text(OVERLAY)
    (programs.folder / "images").mkdir()
    reference = {"orders": f"ghcr.io/x/souk/orders@{DIGEST}"}
    (programs.folder / "images" / "orders.json").write_text(json.dumps(reference))
    (programs.folder / "kubeconfig").touch()
    overlays = programs.folder / "infra" / "k8s" / "overlays" / "staging"
    overlays.mkdir(parents=True)
    monkeypatch.setattr("native.delivery.cluster.CHECKOUT", programs.folder)
    monkeypatch.setattr("native.delivery.cluster.LOOK_AGAIN", 0.01)
    return programs


def deploy(
    cluster: Programs, *, bad: bool | str = False, job: str = "Complete", url: str | None = None
) -> None:
    state = {"revision": 7, "bad": bad, "job": job}
    (cluster.folder / "state").write_text(json.dumps(state))
    folder = cluster.folder
    deploying.deploy("staging", folder / "kubeconfig", folder / "images", url, seconds=1)


def verbs(cluster: Programs) -> list[str]:
    """The calls, each by its verb and, for what is applied, the kinds."""
    told = []
    for words, given in cluster.calls():
        verb = " ".join(word for word in words if word in VERBS)
        kinds = [line.split()[1] for line in given.splitlines() if line.startswith("kind:")]
        told.append(" ".join([verb, *kinds]))
    return told


VERBS = {"kustomize", "get", "apply", "delete", "status", "undo", "logs"}


def test_migrations_come_before_the_pods_and_each_image_is_named_by_its_digest(
    cluster: Programs,
) -> None:
    deploy(cluster)
    assert verbs(cluster) == [
        *("kustomize", "get", "apply Namespace", "delete"),
        *("apply Job", "get", "apply Deployment", "status"),
    ]
    applied = "".join(given for _, given in cluster.calls())
    assert applied.count(f"image: ghcr.io/x/souk/orders@{DIGEST}") == 2


def test_a_version_that_does_not_get_ready_is_taken_back(cluster: Programs) -> None:
    with pytest.raises(RolledBack, match="went back to the version before"):
        deploy(cluster, bad=True)
    assert verbs(cluster)[-4:] == ["status", "get", "undo", "status"]
    assert "--to-revision=7" in cluster.calls()[-2][0]


def test_a_canary_that_does_worse_is_taken_back(cluster: Programs) -> None:
    with (cluster.folder / "overlay.yaml").open("a") as overlay:
        overlay.write("---\nkind: Rollout\nmetadata: {name: orders-api}\n")
    with pytest.raises(RolledBack, match="orders-api: 5xx"):
        deploy(cluster, bad="canary")
    assert "undo" in verbs(cluster)


def test_a_version_that_does_not_sell_is_taken_back(
    cluster: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: Any, **__: Any) -> str:
        raise smoke.SmokeFailed("POST /v1/orders: 500")

    monkeypatch.setattr(smoke, "buy", nothing)
    with pytest.raises(RolledBack, match="POST /v1/orders: 500"):
        deploy(cluster, url="http://shop")
    assert "undo" in verbs(cluster)


def test_nothing_is_rolled_out_when_a_migration_fails(cluster: Programs) -> None:
    with pytest.raises(MigrationFailed, match="the version before goes on"):
        deploy(cluster, job="Failed")
    assert "apply Deployment" not in verbs(cluster)


def test_a_migration_without_an_end_stops_the_deployment(
    cluster: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("native.delivery.cluster.LOOK_AGAIN", 0.3)
    with pytest.raises(MigrationFailed, match="no end of orders-migration"):
        deploy(cluster, job="Suspended")


def test_an_image_that_was_not_pushed_is_not_deployed(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="souk/orders was not pushed"):
        with_images([{"containers": [{"image": "souk/orders:dev"}]}], {"auth": "x"})
    (tmp_path / "orders.json").write_text('{"orders": "souk/orders:latest"}')
    with pytest.raises(StackError, match="no image by digest"):
        pushed(tmp_path)


DOCKER = """
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "calls").open("a") as calls:
    calls.write(json.dumps([sys.argv, ""]) + "\\n")
if "inspect" in sys.argv:
    print("sha256:" + "b" * 64)
if "--metadata-file" in sys.argv:
    file = pathlib.Path(sys.argv[sys.argv.index("--metadata-file") + 1])
    file.write_text(json.dumps({"containerimage.digest": "sha256:" + "a" * 64}))
"""


def test_a_published_image_is_for_both_processors_documented_signed_and_named_by_digest(
    programs: Programs,
) -> None:
    programs.add("docker", DOCKER)
    programs.add("cosign", DOCKER)
    folder = programs.folder
    said = CliRunner().invoke(
        app, ["images", "--pin", str(folder / "bases.json")], catch_exceptions=False
    )
    assert said.exit_code == 0, said.output
    words = ["images", "orders", "--registry", "ghcr.io/x/", "--tag", "v1.2.3", "--push", "--sign"]
    words += ["--bases", str(folder / "bases.json"), "--into", str(folder / "pushed")]
    CliRunner().invoke(app, words, catch_exceptions=False)
    *_, built, signed = [call for call, _ in programs.calls()]
    assert {"--sbom=true", "--provenance=mode=max", "--push"} <= set(built)
    assert images.PLATFORMS in built
    assert any(word.startswith("PYTHON_IMAGE=python:") and "@sha256:bbb" in word for word in built)
    assert "VERSION=v1.2.3" in built
    kept = f"ghcr.io/x/souk/orders@{DIGEST}"
    assert signed[-1] == kept
    assert pushed(folder / "pushed") == {"orders": kept}


def test_there_are_seven_images_and_the_operators() -> None:
    names = ["auth", "catalog", "gateway", "inventory", "notifications", "orders", "payments"]
    assert sorted({*images.dockerfiles()} - {"operator"}) == names


class Handler(BaseHTTPRequestHandler):
    """A gateway that sells one thing; its class's `status` is how the order ends."""

    status = "confirmed"

    def _answer(self, body: Any, **headers: str) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_GET(self) -> None:
        variant = {"sku": "85123A", "in_stock": True}
        page = {"items": [{"variants": [{"sku": "1", "in_stock": False}, variant]}]}
        self._answer(page if "products" in self.path else {"status": self.status})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._answer({"status": "pending"}, location=f"{self.path}/1")

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert body["items"] == [{"sku": "85123A", "quantity": 1}]
        self._answer({}, etag='"1"')

    def log_message(self, *_: Any) -> None:
        """Nothing: the test is quiet."""


@contextmanager
def gateway(status: str) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"status": status})) as server:
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_smoke_test_buys_what_is_in_stock() -> None:
    with gateway("confirmed") as url:
        assert smoke.buy(url).startswith("85123A bought in ")
        assert smoke.buy(url, look_only=True).startswith("85123A put into a cart in ")


def test_an_order_that_is_rejected_fails_the_smoke_test() -> None:
    with gateway("rejected") as url, pytest.raises(smoke.SmokeFailed, match="is rejected"):
        smoke.buy(url)


def test_the_readme_is_followed_line_by_line() -> None:
    text = "```console\n$ ./souk up\n$ curl \\\n  -s x\nsaid\n```\n```text\n$ not this\n```\n"
    assert list(readme.commands(text)) == ["./souk up", "curl   -s x"]
    there = list(readme.commands((CHECKOUT / "README.md").read_text()))
    assert set(readme.LEFT_OUT) <= set(there), "left out, and no longer in the README"
