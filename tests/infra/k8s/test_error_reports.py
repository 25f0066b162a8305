"""Whoever may meet an error that nobody expected is told where to report it, and has the way there.

The way is Sentry's Relay in the namespace `observability`, so that a report needs no way out of the
cluster; the DSN is the site's own, and a site without one starts all the same.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from native.place import CHECKOUT
from tests.infra.k8s import edges
from tests.infra.k8s.conftest import Overlays
from tests.infra.k8s.environment import STORED
from tests.infra.k8s.policies import End, Network
from tests.infra.k8s.rendered import NAME, OVERLAYS, Manifest, of_kind, workloads
from tests.infra.k8s.test_edges import OPERATED, PORTS, PUBLIC, PUBLIC_6, elsewhere, outside
from tests.infra.k8s.test_settings import processes, settings_of

VARIABLE, SECRET, PORT = "SENTRY_DSN", "sentry", 3000
RELAY = elsewhere("observability", {NAME: "relay"})
# Grafana listens at the same port, in the same namespace.
STRANGERS = (
    elsewhere("observability", {NAME: "grafana"}),
    elsewhere("observability"),
    elsewhere("default", {NAME: "relay"}),
    End("a relay of the shop's", {NAME: "relay"}),
    *(outside(address) for address in (PUBLIC, PUBLIC_6, "10.0.0.5")),
)
REFERENCE = {
    "name": VARIABLE,
    "valueFrom": {"secretKeyRef": {"name": SECRET, "key": VARIABLE, "optional": True}},
}
DOCUMENT = {"secretKey": VARIABLE, "remoteRef": {"key": "souk-sentry", "property": "dsn"}}


def of_the_setting(objects: list[Manifest]) -> Iterator[str]:
    """What is wrong with who is told the DSN, and with the Secret that has it."""
    found = {pod.name: pod for pod in workloads(objects)}
    yield from (f"there is no {name}" for name in edges.NEEDS.keys() - found.keys())
    for name, pod in found.items():
        wanted = [REFERENCE] if name in edges.NEEDS else []
        for container in pod.containers:
            told = [one for one in container.get("env", ()) if one["name"] == VARIABLE]
            if told != wanted:
                yield f"{name} is told {told}"
    made = [
        one["spec"]["data"]
        for one in of_kind(objects, "ExternalSecret")
        if one["spec"]["target"]["name"] == SECRET and "template" not in one["spec"]["target"]
    ]
    if made != [[DOCUMENT]]:
        yield f"the secret is made of {made}"


def of_the_way(objects: list[Manifest]) -> Iterator[str]:
    """What is wrong with the edge from the shop's processes to the Relay."""
    network = Network(objects)
    for end in edges.ends(objects):
        if network.lets(end, RELAY, PORT) != (end.name in edges.NEEDS):
            yield f"{end} to the relay"
        # An operator's server asks the API server, at 443 and wherever that may be.
        others = () if end.name in edges.ENGINES else (*PORTS, PORT - 1, PORT + 1)
        for port in others:
            if network.lets(end, RELAY, port):
                yield f"{end} to the relay at {port}"
        yield from (
            f"{end} to {stranger} at {PORT}"
            for stranger in STRANGERS
            if network.lets(end, stranger, PORT)
        )
        if network.lets(RELAY, end, PORT):
            yield f"the relay to {end}"


@pytest.mark.parametrize("overlay", OPERATED)
def test_every_process_is_told_the_sites_dsn_and_no_migration_is(
    overlay: str, overlays: Overlays
) -> None:
    assert list(of_the_setting(overlays[overlay])) == []


@pytest.mark.parametrize("overlay", OPERATED)
def test_every_process_reaches_the_relay_and_nothing_else_at_its_port(
    overlay: str, overlays: Overlays
) -> None:
    assert list(of_the_way(overlays[overlay])) == []


@pytest.mark.parametrize("overlay", sorted({*OVERLAYS} - {*OPERATED}))
def test_without_the_component_nobody_reports_and_nobody_could(
    overlay: str, overlays: Overlays
) -> None:
    objects = overlays[overlay]
    assert [pod for pod, _, told in processes(objects) if VARIABLE in told] == []
    network = Network(objects)
    assert [str(end) for end in edges.ends(objects) if network.lets(end, RELAY, PORT)] == []


@pytest.mark.parametrize("overlay", OPERATED)
def test_a_site_reports_with_a_dsn_and_starts_without_one_as_before(
    overlay: str, overlays: Overlays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    objects = overlays[overlay]
    without = [one for one in objects if one["metadata"]["name"] != SECRET]
    assert len(without) == len(objects) - 1
    for _, name, environment in processes(objects):
        assert settings_of(name, environment, monkeypatch).sentry_dsn == STORED["dsn"]
        # What a store has before anybody has put a DSN in.
        empty = {**environment, VARIABLE: ""}
        assert settings_of(name, empty, monkeypatch).sentry_dsn is None
    for _, name, environment in processes(without):
        assert VARIABLE not in environment
        assert settings_of(name, environment, monkeypatch).sentry_dsn is None


@pytest.mark.parametrize("overlay", OPERATED)
def test_a_report_says_the_images_release_and_the_overlays_environment(
    overlay: str, overlays: Overlays
) -> None:
    wanted = "test" if overlay == "staging" else "production"
    for deployment, name, environment in processes(overlays[overlay]):
        assert environment["SOUK_ENVIRONMENT"] == wanted, deployment
        # A setting would hide what the pipeline built into the image.
        assert "SOUK_RELEASE" not in environment, deployment
        folder = name if name == "gateway" else f"services/{name}"
        built = (CHECKOUT / folder / "Dockerfile").read_text()
        assert "\nENV SOUK_RELEASE=${VERSION}\n" in built, name


def env(deployment: Any) -> Any:
    return deployment["spec"]["template"]["spec"]["containers"][0].setdefault("env", [])


def way(policy: Any) -> Any:
    return policy["spec"]["egress"][0]


Change = Callable[[Any], object]
PLANTED: Mapping[str, tuple[str, str, Change, str]] = {
    "a process that is not told": (
        "Deployment",
        "orders-worker",
        lambda o: env(o).remove(REFERENCE),
        "orders-worker is told []",
    ),
    "one that does not start without": (
        "Deployment",
        "gateway",
        lambda o: env(o)[0]["valueFrom"]["secretKeyRef"].pop("optional"),
        "gateway is told",
    ),
    "a migration that is told": (
        "Job",
        "orders-migration",
        lambda o: env(o).append(REFERENCE),
        "orders-migration is told",
    ),
    "another document": (
        "ExternalSecret",
        SECRET,
        lambda o: o["spec"]["data"][0]["remoteRef"].update(key="souk-redis"),
        "the secret is made of",
    ),
    "another secret": (
        "ExternalSecret",
        SECRET,
        lambda o: o["spec"]["target"].update(name="x"),
        "the secret is made of []",
    ),
    "no way": (
        "NetworkPolicy",
        "error-reports",
        lambda o: o["spec"].update(egress=[]),
        "catalog-worker to the relay",
    ),
    "a way for some": (
        "NetworkPolicy",
        "error-reports",
        lambda o: o["spec"]["podSelector"]["matchExpressions"][0]["values"].remove("edge"),
        "gateway to the relay",
    ),
    "a way for all": (
        "NetworkPolicy",
        "error-reports",
        lambda o: o["spec"].update(podSelector={}),
        "orders-migration to the relay",
    ),
    "a way to Grafana": (
        "NetworkPolicy",
        "error-reports",
        lambda o: way(o)["to"][0].pop("podSelector"),
        "gateway to somebody in observability at 3000",
    ),
    "a way to every namespace": (
        "NetworkPolicy",
        "error-reports",
        lambda o: way(o)["to"][0].update(namespaceSelector={}),
        "gateway to somebody in default at 3000",
    ),
    "a way out of the cluster": (
        "NetworkPolicy",
        "error-reports",
        lambda o: way(o)["to"].append({"ipBlock": {"cidr": "0.0.0.0/0"}}),
        f"gateway to {PUBLIC} at 3000",
    ),
    "every port": (
        "NetworkPolicy",
        "error-reports",
        lambda o: way(o).pop("ports"),
        "gateway to the relay at 22",
    ),
    "a port that nobody listens on": (
        "NetworkPolicy",
        "error-reports",
        lambda o: way(o)["ports"][0].update(port=3001),
        "gateway to the relay",
    ),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_whoever_is_not_told_or_may_too_much_is_seen(fault: str, overlays: Overlays) -> None:
    kind, name, change, said = PLANTED[fault]
    objects: Any = copy.deepcopy(overlays["production"])
    (planted,) = [one for one in of_kind(objects, kind) if one["metadata"]["name"] == name]
    change(planted)
    found = [*of_the_setting(objects), *of_the_way(objects)]
    assert any(line.startswith(said) for line in found), found
