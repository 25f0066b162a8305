"""The stack in containers is the native one: the same parts, ports and settings."""

import copy
from collections.abc import Callable

import pytest

from native.place import CHECKOUT
from tests.infra.compose.composed import Document, compose, differences, stays

GIB = 1024
Change = Callable[[Document], object]


def services(document: Document) -> Document:
    found: Document = document["services"]
    return found


def limit(one: Document) -> int:
    """Of its memory, in MiB."""
    return int(one["mem_limit"].removesuffix("m"))


PLANTED: dict[str, tuple[Change, str]] = {
    "a service is left out": (lambda d: services(d).pop("payments"), "payments is not in both"),
    "a service is made up": (
        lambda d: services(d).update(extra={"image": "x"}),
        "extra is not in both",
    ),
    "a port moved": (
        lambda d: services(d)["orders"].update(ports=["127.0.0.1:8121:8000"]),
        "orders is not published",
    ),
    "a port is open to the network": (
        lambda d: services(d)["redis"].update(ports=["8084:6379"]),
        "redis is not published",
    ),
    "a setting is forgotten": (
        lambda d: services(d)["inventory"]["environment"].pop("SOUK_RESERVATION_SECONDS"),
        "inventory is not told SOUK_RESERVATION_SECONDS",
    ),
    "a setting has another value": (
        lambda d: services(d)["inventory"]["environment"].update(SOUK_RESERVATION_SECONDS="9"),
        "inventory has another SOUK_RESERVATION_SECONDS",
    ),
    "a setting is made up": (
        lambda d: services(d)["orders"]["environment"].update(SOUK_TYPO="1"),
        "orders is told SOUK_TYPO",
    ),
    "PostgreSQL is tuned in one place": (
        lambda d: services(d)["postgres"]["command"].remove("-cjit=off"),
        "postgres has another jit",
    ),
    "Kafka is tuned in one place": (
        lambda d: services(d)["kafka"]["environment"].pop("KAFKA_NUM_IO_THREADS"),
        "kafka has another num.io.threads",
    ),
}


def test_containers_and_native_agree() -> None:
    assert differences(compose()) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_difference_is_seen(name: str) -> None:
    change, said = PLANTED[name]
    document = copy.deepcopy(compose())
    change(document)
    assert any(line.startswith(said) for line in differences(document)), differences(document)


def test_everything_fits_in_four_gibibytes_with_all_profiles() -> None:
    """The first goods are brought in while all the others run."""
    document = compose()
    limits = [limit(one) for one in stays(document).values()]
    assert sum(limits) + limit(services(document)["goods"]) <= 4 * GIB, limits


def test_what_runs_once_has_its_memory_from_what_waits_for_it() -> None:
    found = services(compose())
    once = [one for name, one in found.items() if one.get("restart") == "no" and name != "goods"]
    apps = [one for one in found.values() if "build" in one and one.get("restart") != "no"]
    assert sum(map(limit, once)) <= sum(map(limit, apps))


def test_the_first_version_of_compose_reads_it_too() -> None:
    assert "name" not in compose()
    assert "version" not in compose()


def test_no_secret_stands_in_the_file() -> None:
    for name, one in services(compose()).items():
        for key, value in one.get("environment", {}).items():
            secret = any(
                key.endswith(word)
                for word in ("PASSWORD", "SECRET", "DATABASE_URL", "_JWK", "_KEY")
            )
            assert not secret or "/run/secrets/" in value, f"{name} has {key} in the open"


def test_a_container_sees_no_secrets_but_its_own() -> None:
    for name, one in services(compose()).items():
        mounted = {v.partition(":")[0] for v in one.get("volumes", ()) if v.startswith("secrets-")}
        owner = name.removeprefix("migrate-")
        own = {"databases": "operator", "goods": "operator", "collector": "postgres"}.get(
            owner, owner
        )
        assert name == "secrets" or mounted <= {f"secrets-{own}"}, name


def test_what_goes_on_says_how_it_is_and_cannot_write_but_to_its_volumes() -> None:
    for name, one in stays(compose()).items():
        if "build" in one or name == "mailbox":
            assert one["read_only"], name
            assert one["cap_drop"] == ["ALL"], name
        elif "profiles" not in one:
            assert one["healthcheck"]["test"], name
        assert "no-new-privileges:true" in one["security_opt"], name


def test_every_dependency_waits_for_something() -> None:
    found = services(compose())
    for name, one in found.items():
        for needed, how in one.get("depends_on", {}).items():
            ends = found[needed].get("restart") == "no"
            due = "service_completed_successfully" if ends else "service_healthy"
            assert how["condition"] == due, f"{name} waits for {needed}"


def test_every_file_that_is_mounted_is_there() -> None:
    for one in services(compose()).values():
        for volume in one.get("volumes", ()):
            if volume.startswith("./"):
                assert (CHECKOUT / volume.partition(":")[0]).exists(), volume
