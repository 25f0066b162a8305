"""The shop on a cluster: it sells, and goes on selling while its pods come and go."""

import json
import time

import pytest

from tests.k8s.cluster import SECONDS, SERVICES, Shop, failures, pods_of

API = [f"{name}-api" for name in SERVICES if name != "gateway"] + ["gateway"]


def test_everything_is_ready_and_nothing_was_started_twice(shop: Shop) -> None:
    pods = [pod for pod in shop.objects("pods") if pod["status"]["phase"] != "Succeeded"]
    assert len(pods) >= 7 + 6 + 5
    for pod in pods:
        states = pod["status"].get("containerStatuses", [])
        assert states and all(state["ready"] for state in states), pod["metadata"]["name"]
    for job in shop.objects("jobs"):
        assert job["status"].get("succeeded") == 1, job["metadata"]["name"]


def test_a_purchase_through_the_gateway_is_confirmed(shop: Shop) -> None:
    told = shop.client("load", "5")
    assert failures(told["answers"]) == {}
    assert told["orders"] >= 1
    assert told["confirmed"] == told["orders"]


def test_the_autoscalers_keep_two_of_each(shop: Shop) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        ready = {
            one["metadata"]["name"]: one["status"].get("readyReplicas", 0)
            for one in shop.objects("deployments")
        }
        if all(ready[name] >= 2 for name in API):
            return
        time.sleep(2)
    raise AssertionError(f"not two of each: {ready}")


def test_no_request_fails_while_pods_are_deleted(shop: Shop) -> None:
    def delete_one_of_each() -> None:
        for name in SERVICES:
            for pod in pods_of(shop.objects("pods"), name)[:1]:
                shop.kubectl("delete", "pod", pod, "--wait=true")
        for name in API:
            shop.kubectl("rollout", "status", f"deployment/{name}", f"--timeout={SECONDS:.0f}s")

    told = shop.under_load(delete_one_of_each)
    assert failures(told["answers"]) == {}, told
    assert told["orders"] >= 10 and told["confirmed"] == told["orders"], told


def test_no_request_fails_while_a_new_version_rolls_out(shop: Shop) -> None:
    deployments = [*API, *(f"{name}-worker" for name in SERVICES if name != "gateway")]
    before = {name: _generation(shop, name) for name in deployments}
    begun = time.monotonic()

    def roll_out() -> None:
        version = json.dumps(
            {"spec": {"template": {"metadata": {"annotations": {"souk.example/version": "next"}}}}}
        )
        for name in deployments:
            shop.kubectl("patch", f"deployment/{name}", "--patch", version)
        shop.cluster.wait_for(deployments)

    told = shop.under_load(roll_out)
    shop.figures["roll-out under load"] = time.monotonic() - begun
    assert all(_generation(shop, name) > before[name] for name in deployments)
    assert failures(told["answers"]) == {}, told
    assert told["orders"] >= 10 and told["confirmed"] == told["orders"], told


def _generation(shop: Shop, name: str) -> int:
    found = json.loads(shop.kubectl("get", f"deployment/{name}", "--output", "json"))
    return int(found["status"]["observedGeneration"])


# Doors that nothing but the policies closes: the server behind each answers its own callers.
CLOSED = [
    ("postgres", 5432),
    ("redis", 6379),
    ("kafka", 9092),
    ("mongo", 27017),
    ("auth", 8000),
    ("orders", 8000),
    ("mailbox", 8082),
]


@pytest.mark.parametrize(("host", "port"), CLOSED)
def test_an_edge_outside_the_policies_is_closed(shop: Shop, host: str, port: int) -> None:
    assert shop.client("knock", "gateway", "8080") == {"door": "open"}
    assert shop.client("knock", host, str(port)) == {"door": "silent"}


def test_the_same_door_is_open_once_a_policy_says_so(shop: Shop) -> None:
    """So what closed it was a policy, and not a server that was away."""
    opened = json.loads(shop.kubectl("get", "networkpolicy/client", "--output", "json"))
    opened["metadata"] = {"name": "planted", "namespace": "souk"}
    opened["spec"]["egress"] = [{}]
    inward = json.loads(json.dumps(opened))
    inward["metadata"]["name"] = "planted-inward"
    selector = {"matchLabels": {"souk.example/engine": "redis"}}
    inward["spec"] = {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": [{}]}
    given = json.dumps({"apiVersion": "v1", "kind": "List", "items": [opened, inward]})
    shop.kubectl("apply", "--filename", "-", given=given)
    try:
        until = time.monotonic() + 30
        while (door := shop.client("knock", "redis", "6379")) != {"door": "open"}:
            assert time.monotonic() < until, door
            time.sleep(1)
        assert shop.client("knock", "postgres", "5432") == {"door": "silent"}
    finally:
        shop.kubectl("delete", "networkpolicy", "planted", "planted-inward")
