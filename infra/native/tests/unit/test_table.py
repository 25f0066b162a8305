"""The process table: order, environment and ports of a whole stack."""

import json
from pathlib import Path

import pytest

from native.options import ENGINES, SERVICES, Options
from native.place import Place
from native.process import Process
from native.table import processes
from native.vault import Vault, open_vault


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path, tmp_path)
    made.make()
    return made


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """One for all tests, since its keys take a second to make."""
    home = tmp_path_factory.mktemp("vault")
    return open_vault(Place(home, home))


def named(rows: list[Process]) -> dict[str, Process]:
    return {row.name: row for row in rows}


def test_servers_start_before_services_and_the_gateway_last(place: Place, vault: Vault) -> None:
    rows = processes(place, Options(), vault)
    assert [row.stage for row in rows] == sorted(row.stage for row in rows)
    assert [row.name for row in rows[:4]] == list(ENGINES)
    assert rows[-1].name == "gateway"


def test_engines_alone_are_four_processes(place: Place, vault: Vault) -> None:
    rows = processes(place, Options(engines_only=True), vault)
    assert [row.name for row in rows] == list(ENGINES)


def test_every_port_is_used_once(place: Place, vault: Vault) -> None:
    rows = processes(place, Options(replicas=dict.fromkeys(SERVICES, 9)), vault)
    ports = [port for row in rows for port in row.ports]
    assert len(ports) == len(set(ports))


def test_replicas_are_processes_with_names_and_ports_of_their_own(
    place: Place, vault: Vault
) -> None:
    rows = named(processes(place, Options(replicas={"orders": 2}), vault))
    assert rows["orders"].port + 1 == rows["orders-2"].port
    upstreams = json.loads(rows["gateway"].environment["SOUK_UPSTREAMS"])
    assert upstreams["orders"] == ["http://127.0.0.1:8120", "http://127.0.0.1:8121"]
    assert upstreams["catalog"] == ["http://127.0.0.1:8100"]


def test_a_service_gets_its_own_password_and_no_other(place: Place, vault: Vault) -> None:
    for name, row in named(processes(place, Options(), vault)).items():
        text = json.dumps(dict(row.environment))
        assert vault.postgres not in text
        for service, password in vault.roles.items():
            assert (password in text) == (service == name)


def test_auth_gets_the_public_half_of_the_operator_key(place: Place, vault: Vault) -> None:
    auth = named(processes(place, Options(), vault))["auth"]
    assert json.loads(auth.environment["SOUK_OPERATOR_JWK"]) == vault.operator_public_jwk
    assert vault.operator_jwk["d"] not in json.dumps(dict(auth.environment))


def test_only_the_catalogue_gets_the_document_server(place: Place, vault: Vault) -> None:
    rows = named(processes(place, Options(), vault))
    having = {name for name, row in rows.items() if "SOUK_MONGO_URL" in row.environment}
    assert having == {"catalog"}
    assert "SOUK_DATABASE_URL" not in rows["catalog"].environment


def test_a_real_mongod_on_the_path_is_used(
    place: Place, vault: Vault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mongod = tmp_path / "mongod"
    mongod.write_text("#!/bin/sh\n")
    mongod.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    row = named(processes(place, Options(), vault))["documents"]
    assert row.command[0] == str(mongod)
    assert "--bind_ip" in row.command


def test_a_stack_of_the_tests_does_not_wait_for_the_disk(place: Place, vault: Vault) -> None:
    durable = named(processes(place, Options(), vault))["postgres"]
    hasty = named(processes(place, Options(throwaway=True), vault))["postgres"]
    assert "fsync=off" not in durable.command
    assert "fsync=off" in hasty.command


@pytest.mark.parametrize("collector", [None, "http://127.0.0.1:4318"])
def test_spans_go_to_the_console_which_hands_them_on_to_a_collector_if_there_is_one(
    place: Place, vault: Vault, collector: str | None
) -> None:
    watchers = {"SENTRY_DSN": "http://k@h/1"}
    if collector is not None:
        watchers["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector
    rows = named(processes(place, Options(watchers=watchers), vault))
    own = f"http://127.0.0.1:{rows['console'].port}"
    for name in (*SERVICES, "gateway"):
        told = rows[name].environment
        assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == own
        assert told["SENTRY_DSN"] == "http://k@h/1"
        signals = {"traces"} if collector is None else {"traces", "metrics", "logs"}
        assert set(told["SOUK_OTLP_SIGNALS"].split(",")) == signals
    console = rows["console"].environment
    assert console.get("SOUK_CONSOLE_FORWARD") == collector
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" not in console
    assert own in rows["gateway"].environment["SOUK_UPSTREAMS"]


def test_all_is_traced_where_that_is_asked_for(place: Place, vault: Vault) -> None:
    rows = named(processes(place, Options(watchers={"SOUK_TRACE_SAMPLE": "1"}), vault))
    assert rows["gateway"].environment["SOUK_TRACE_SAMPLE"] == "1"
    rows = named(processes(place, Options(), vault))
    assert rows["gateway"].environment["SOUK_TRACE_SAMPLE"] == "0.01"


def test_a_service_gets_the_detours_that_are_its_own(place: Place, vault: Vault) -> None:
    detours = {"orders": {"postgres": 41000}, "gateway": {"orders": 41001}, "*": {"kafka": 41002}}
    options = Options(8080, detours=detours, environment={"HARNESS": "yes"})
    rows = named(processes(place, options, vault))
    orders, auth, gateway = (rows[name].environment for name in ("orders", "auth", "gateway"))
    assert "127.0.0.1:41000/" in orders["SOUK_DATABASE_URL"]
    assert "127.0.0.1:8083/" in auth["SOUK_DATABASE_URL"]
    assert json.loads(gateway["SOUK_UPSTREAMS"])["orders"] == ["http://127.0.0.1:41001"]
    assert rows["orders"].port == 8120
    assert orders["SOUK_PORT"] == "8120"
    assert auth["SOUK_KAFKA_BOOTSTRAP"] == gateway["SOUK_KAFKA_BOOTSTRAP"] == "127.0.0.1:41002"
    assert orders["HARNESS"] == auth["HARNESS"] == gateway["HARNESS"] == "yes"


def test_keys_are_to_be_had_from_every_process_of_auth(place: Place, vault: Vault) -> None:
    rows = named(processes(place, Options(8080, {"auth": 2}), vault))
    keys = "http://127.0.0.1:{}/.well-known/jwks.json"
    expected = ",".join(keys.format(port) for port in (8090, 8091))
    assert rows["gateway"].environment["SOUK_JWKS_URL"] == expected
