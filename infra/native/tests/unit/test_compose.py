"""What `./souk --compose` makes of Docker's descriptions, without Docker."""

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from native import cli
from native.chaos.schedule import schedule
from native.compose import client, secrets, stack
from native.compose.client import Client
from native.compose.commands import _mib
from native.compose.containers import PORTS, Container, OtherPorts, containers, port_base, told
from native.compose.faults import CATALOGUE, kinds
from native.place import Place
from native.ports import Ports
from native.shop.session import NothingRuns

Raw = dict[str, Any]


def described(service: str, *, state: str = "running", health: str = "healthy", **more: Any) -> Raw:
    """A container as `docker inspect` has it."""
    name, inside = PORTS.get(service, ("gateway", 1))
    outside = more.get("port", Ports(9000).of(name))
    labels = {"com.docker.compose.service": service, **more.get("labels", {})}
    return {
        "Id": f"id-{service}",
        "Name": f"/souk_{service}_1",
        "Config": {"Labels": labels},
        "State": {
            "Status": state,
            "ExitCode": more.get("code", 0),
            "StartedAt": "2026-01-01T00:00:00.123456789Z",
            **({"Health": {"Status": health}} if health else {}),
        },
        "HostConfig": {
            "PortBindings": {f"{inside}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(outside)}]},
            "Memory": 1024,
        },
        "NetworkSettings": {"Networks": more.get("networks", {"souk_default": {}})},
    }


@dataclass(frozen=True, slots=True)
class Told(Client):
    """A client whose Docker describes what the test says."""

    raw: tuple[Raw, ...] = ()

    def inspect(self) -> list[Raw]:
        """What the test said."""
        return list(self.raw)


def docker_of(*raw: Raw) -> Client:
    return Told("souk", ("docker", "compose"), raw=raw)


def one(raw: Raw) -> Container:
    return next(iter(containers(docker_of(raw)).values()))


@pytest.mark.parametrize(
    ("raw", "ready", "word"),
    [
        (described("orders"), True, "ready"),
        (described("orders", health="starting"), False, "running, starting"),
        (described("orders", state="paused"), False, "paused"),
        (described("orders", networks={}), False, "running, healthy"),
        (described("topics", state="exited", health=""), True, "done"),
        (described("topics", state="exited", health="", code=1), False, "exited, code 1"),
        (described("migrate-orders", health=""), False, "running, code 0"),
    ],
)
def test_a_container_is_ready_when_it_serves_or_has_done_its_work(
    raw: Raw, ready: bool, word: str
) -> None:
    found = one(raw)
    assert (found.ready, found.word) == (ready, word)


def test_what_somebody_ran_beside_the_stack_is_no_part_of_it() -> None:
    labels = {"com.docker.compose.oneoff": "True"}
    assert containers(docker_of(described("orders", labels=labels))) == {}


def test_all_ports_count_from_the_gateways() -> None:
    everything = [described(name) for name in PORTS]
    assert port_base(containers(docker_of(*everything))) == 9000


def test_a_port_that_somebody_moved_is_named() -> None:
    moved = described("orders", port=1234)
    with pytest.raises(OtherPorts, match="orders is not at port 9040"):
        port_base(containers(docker_of(described("gateway"), moved)))


def test_the_file_is_told_every_port_of_a_base() -> None:
    asked = told(9000)
    assert asked["SOUK_PORT_GATEWAY"] == "9000"
    assert asked["SOUK_PORT_MONGO"] == "9007"
    assert asked["SOUK_ISSUER"] == "http://localhost:9000"
    assert len(asked) == len(PORTS) + 1


def test_without_a_gateway_no_shop_runs(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path)
    for raw in ([], [described("gateway", state="exited")]):
        with pytest.raises(NothingRuns, match="--compose up"):
            stack.describe(docker_of(*raw), place)


@pytest.mark.parametrize(
    ("folder", "name"), [("main", "main"), ("My Shop.2", "myshop2"), ("_souk", "souk")]
)
def test_a_project_has_the_name_that_compose_gives_it(
    folder: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPOSE_PROJECT_NAME", raising=False)
    assert client.project_name(Path("/somewhere") / folder) == name
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "other")
    assert client.project_name(Path("/somewhere") / folder) == "other"


def test_no_docker_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(client.NoEngine, match="no docker on the PATH"):
        client.find()


def test_secrets_are_made_once_and_each_owner_gets_its_own(tmp_path: Path) -> None:
    for name in ("operator", "postgres", "auth", "catalog", "inventory", "orders"):
        (tmp_path / name).mkdir()
    for name in ("payments", "notifications"):
        (tmp_path / name).mkdir()
    secrets.make(tmp_path)
    first = {path: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    secrets.make(tmp_path)
    assert first == {path: path.read_text() for path in first}
    assert {path.name for path in (tmp_path / "orders").iterdir()} == {"SOUK_DATABASE_URL"}
    vault = json.loads((tmp_path / "operator" / "secrets.json").read_text())
    assert vault["roles"]["orders"] in (tmp_path / "orders" / "SOUK_DATABASE_URL").read_text()
    assert vault["operator_jwk"]["d"] not in (tmp_path / "auth" / "SOUK_OPERATOR_JWK").read_text()


def test_mails_are_copied_out_of_the_mailbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as files:
        for name in ("./00000000000000000001-a.eml", "../evil.eml", "./half.new"):
            entry = tarfile.TarInfo(name)
            entry.size = 4
            files.addfile(entry, io.BytesIO(b"mail"))
    monkeypatch.setattr(stack, "copy", lambda *_: buffer.getvalue())
    folder = tmp_path / "mail"
    stack.fetch_mails(docker_of(), one(described("mailbox")), folder)
    assert sorted(path.name for path in tmp_path.rglob("*.eml")) == [
        "00000000000000000001-a.eml",
        "evil.eml",
    ]
    assert all(path.parent == folder for path in tmp_path.rglob("*.eml"))


def test_a_minute_of_chaos_has_every_fault_of_containers() -> None:
    dealt = schedule(1, 1.0, kinds())
    assert {plan.kind for plan in dealt} == set(CATALOGUE)


@pytest.mark.parametrize(
    ("text", "mib"), [("1.5GiB", 1536.0), ("512KiB", 0.5), ("83.18MiB", 83.18), ("0B", 0.0)]
)
def test_memory_is_read_in_every_unit(text: str, mib: float) -> None:
    assert _mib(text) == mib


def test_a_command_that_means_nothing_in_containers_is_refused() -> None:
    refused = CliRunner().invoke(cli.app, ["--compose", "bench"])
    assert refused.exit_code == 2
    assert "No such command" in refused.output
