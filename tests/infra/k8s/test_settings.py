"""Every process gets each setting that it needs, under its right name, and starts with them.

The measure is what native sets for the same process and what the settings' own class asks for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from chassis.settings import ServiceSettings
from native import table
from native.options import Options
from native.place import Place
from tests.infra.k8s.conftest import Overlays
from tests.infra.k8s.edges import NEEDS
from tests.infra.k8s.environment import SAMPLE, of_container
from tests.infra.k8s.rendered import OVERLAYS, SERVICES, Manifest, of_kind, workloads

PROCESSES = (*SERVICES, "gateway")
CLASSES: Mapping[str, type[ServiceSettings]] = {
    name: getattr(import_module(f"{name}.settings"), f"{name.capitalize()}Settings")
    for name in PROCESSES
}
# What native sets and a cluster does otherwise, with the reason.
OTHERWISE = {
    # A bucket stands in its place in staging and production.
    "SOUK_MEDIA_FOLDER": {"SOUK_MEDIA_BUCKET"},
    "SOUK_MEDIA_SIGNING_KEY": {"SOUK_MEDIA_BUCKET"},
    # Stripe instead of the simulated provider, in production.
    "SOUK_PROVIDER_WEBHOOK_SECRET": {"SOUK_STRIPE_WEBHOOK_SECRET", "SOUK_ISSUER"},
    # The demo's accounts are for development.
    "SOUK_SEED_DEMO": {"SOUK_ENVIRONMENT"},
    # Native lets webhooks go to its own machine; a cluster lets them go nowhere private.
    "SOUK_WEBHOOK_NETWORKS": {"SOUK_ENVIRONMENT"},
    # The gateway's own limits hold, or there are none where all callers share one address.
    "SOUK_RATE_LIMITS": {"SOUK_ISSUER"},
    "SOUK_MAILBOX_URL": {"SOUK_ISSUER"},
}
LOOPBACK = re.compile(r"127\.0\.0\.1|localhost")


def processes(objects: list[Manifest]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(Deployment, service, environment) of all that native starts too."""
    for pod in workloads(objects):
        name = pod.labels.get("app.kubernetes.io/name", "")
        if pod.kind == "Deployment" and name in PROCESSES:
            yield pod.name, name, of_container(pod.spec["containers"][0], objects)


def native_settings(tmp: Place) -> dict[str, frozenset[str]]:
    """The names that native sets for each process."""
    started = table.processes(tmp, Options(), SAMPLE)
    return {
        one.name: frozenset(name for name in one.environment if name.startswith("SOUK_"))
        for one in started
        if one.name in PROCESSES
    }


def settings_of(name: str, environment: Mapping[str, str], patch: pytest.MonkeyPatch) -> Any:
    """The service's own reading of an environment."""
    with patch.context() as inner:
        for key, value in environment.items():
            inner.setenv(key, value)
        return CLASSES[name]()


def missing(deployment: str, environment: Mapping[str, str], wanted: Iterable[str]) -> set[str]:
    """The settings that are not there, and nothing that stands for them either."""
    # Native tells all of them where Redis is; here its address has a password in it.
    needless = set() if "redis" in NEEDS[deployment] else {"SOUK_REDIS_URL"}
    return {
        one
        for one in {*wanted} - needless
        if one not in environment and not OTHERWISE.get(one, set()) & environment.keys()
    }


@pytest.fixture(autouse=True)
def only_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that tests."""
    import os

    for name in [name for name in os.environ if name.startswith("SOUK_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whatever_native_sets_is_set(overlay: str, overlays: Overlays, tmp_path: Any) -> None:
    native = native_settings(Place(tmp_path, tmp_path))
    assert native.keys() == set(PROCESSES)
    found = list(processes(overlays[overlay]))
    assert len(found) == 13
    for deployment, name, environment in found:
        assert missing(deployment, environment, native[name]) == set(), deployment


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_process_takes_its_settings(
    overlay: str, overlays: Overlays, monkeypatch: pytest.MonkeyPatch
) -> None:
    for deployment, name, environment in processes(overlays[overlay]):
        read = settings_of(name, environment, monkeypatch)
        fields = CLASSES[name].model_fields
        known = {f"SOUK_{field}".upper() for field in fields}
        set_here = {key for key in environment if key.startswith("SOUK_")}
        assert set_here <= known, f"{deployment} knows no {set_here - known}"
        assert read.host == "0.0.0.0", deployment


def used(name: str, part: str) -> set[str]:
    """The addresses of servers that a part uses."""
    fields = {
        "postgres": "database_url",
        "redis": "redis_url",
        "kafka": "kafka_bootstrap",
        "mongo": "mongo_url",
    }
    return {fields[engine] for engine in NEEDS[name if part == "edge" else f"{name}-{part}"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_address_that_is_used_is_left_at_this_machines(
    overlay: str, overlays: Overlays, monkeypatch: pytest.MonkeyPatch
) -> None:
    for deployment, name, environment in processes(overlays[overlay]):
        read = settings_of(name, environment, monkeypatch)
        part = "edge" if name == "gateway" else deployment.removeprefix(f"{name}-")
        addresses = {getattr(read, field) for field in used(name, part)} | {read.jwks_url}
        addresses |= {getattr(read, "smtp_host", "")} | {str(getattr(read, "upstreams", ""))}
        assert not [one for one in addresses if LOOPBACK.search(str(one))], deployment


@pytest.mark.parametrize("overlay", ["local", "kind"])
def test_each_address_is_that_of_a_service_and_its_port(
    overlay: str, overlays: Overlays, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = overlays[overlay]
    there = {
        (one["metadata"]["name"], port["port"])
        for one in of_kind(objects, "Service")
        for port in one["spec"]["ports"]
    }
    for deployment, name, environment in processes(objects):
        read = settings_of(name, environment, monkeypatch)
        urls = [read.jwks_url, read.issuer, f"kafka://{read.kafka_bootstrap}"]
        urls += [url for some in getattr(read, "upstreams", {}).values() for url in some]
        urls += [read.redis_url] if "redis" in environment.get("SOUK_REDIS_URL", "") else []
        for url in urls:
            parts = urlsplit(url)
            assert (parts.hostname, parts.port) in there, f"{deployment}: {url}"


def test_a_setting_that_is_forgotten_misspelt_or_weak_is_seen(
    overlays: Overlays, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    native = native_settings(Place(tmp_path, tmp_path))
    (found,) = [one for one in processes(overlays["production"]) if one[0] == "payments-api"]
    _, name, environment = found
    forgotten = {k: v for k, v in environment.items() if k != "SOUK_JWKS_URL"}
    assert missing(found[0], forgotten, native[name]) == {"SOUK_JWKS_URL"}
    for change in (
        {"SOUK_PAYMENT_PROVIDER": "simulated"},
        {"SOUK_DATABASE_URL": "postgresql://payments:payments@postgres-rw/payments"},
        {"SOUK_RUN": "api,wrokers"},
    ):
        with pytest.raises(ValidationError):
            settings_of(name, {**environment, **change}, monkeypatch)


def test_api_and_worker_share_out_all_parts_of_a_service(overlays: Overlays) -> None:
    from chassis.settings import PARTS

    for objects in overlays.values():
        runs: dict[str, list[str]] = {}
        for _deployment, name, environment in processes(objects):
            runs.setdefault(name, []).extend(environment.get("SOUK_RUN", "").split(","))
        for service in SERVICES:
            assert sorted(runs[service]) == sorted(PARTS), service
