"""A canary is judged by figures that exist, of the new pods alone, and by what they answered.

The question that Argo Rollouts would ask is asked by promtool of series like those of the shop.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.k8s.conftest import Overlays
from tests.infra.k8s.rendered import Manifest, of_kind
from tests.infra.observability.conftest import PROMETHEUS, built
from tests.infra.observability.exported import exported

CANARIES = ["production", "production-gke", "production-aks"]
Series = tuple[str, str]
NEW, OLD = "5d9c7b6f4", "7f8e9d0c1"


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Debian's, or our own; where there is neither the test is skipped with the reason."""
    found = shutil.which("promtool")
    return Path(found) if found else built("prometheus", f"{PROMETHEUS}/promtool")


def analyses(rollout: Manifest) -> list[Mapping[str, Any]]:
    """The steps of a Rollout that ask."""
    steps = rollout["spec"]["strategy"]["canary"]["steps"]
    return [step["analysis"] for step in steps if "analysis" in step]


def question(objects: list[Manifest], figure: str) -> str:
    """The template's query, with the arguments filled in as Argo Rollouts does."""
    (template,) = of_kind(objects, "AnalysisTemplate")
    (metric,) = template["spec"]["metrics"]
    text: str = metric["provider"]["prometheus"]["query"]
    return text.replace("{{args.pods}}", NEW).replace("{{args.figure}}", figure)


@pytest.mark.parametrize("overlay", CANARIES)
def test_a_share_of_pods_comes_first_and_each_greater_one_after_a_question(
    overlay: str, overlays: Overlays
) -> None:
    rollouts = list(of_kind(overlays[overlay], "Rollout"))
    assert {one["metadata"]["name"] for one in rollouts} == {"gateway", "orders-api"}
    (template,) = of_kind(overlays[overlay], "AnalysisTemplate")
    for rollout in rollouts:
        steps = rollout["spec"]["strategy"]["canary"]["steps"]
        kinds = [next(iter(step)) for step in steps]
        assert kinds == ["setWeight", "pause", "analysis", "setWeight", "analysis"]
        weights = [step["setWeight"] for step in steps if "setWeight" in step]
        assert weights == sorted(weights) and weights[0] <= 10
        for asked in analyses(rollout):
            (named,) = asked["templates"]
            assert named["templateName"] == template["metadata"]["name"]
            given = {one["name"] for one in asked["args"]}
            assert given == {one["name"] for one in template["spec"]["args"]}


@pytest.mark.parametrize("overlay", CANARIES)
def test_the_figures_that_are_asked_for_are_exported(overlay: str, overlays: Overlays) -> None:
    asked = {
        arg["value"]
        for rollout in of_kind(overlays[overlay], "Rollout")
        for step in analyses(rollout)
        for arg in step["args"]
        if "value" in arg
    }
    assert asked == {"gateway_requests_total", "http_requests_total"}
    assert asked <= exported()


def answered(promtool: Path, folder: Path, query: str, series: list[Series], share: str) -> bool:
    """Whether the query answers with `share` (nothing, where it is empty) of these series."""
    sample = [{"labels": "{}", "value": float(share)}] if share else []
    test = {
        "evaluation_interval": "30s",
        "tests": [
            {
                "interval": "30s",
                "input_series": [{"series": one, "values": many} for one, many in series],
                "promql_expr_test": [{"expr": query, "eval_time": "5m", "exp_samples": sample}],
            }
        ],
    }
    file = folder / "canary.yaml"
    file.write_text(yaml.safe_dump(test))
    command = [str(promtool), "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "error" not in done.stderr.lower(), done.stderr
    return done.returncode == 0


def counted(pods: str, status: str, each: int) -> Series:
    """A counter of one pod that grows by `each` in half a minute."""
    who = f'instance="orders-api-{pods}-x2k4v:8000",status="{status}",service_name="orders"'
    return f"http_requests_total{{{who}}}", f"0+{each}x20"


def test_the_share_is_of_the_new_pods_and_not_of_the_old(
    overlays: Overlays, promtool: Path, tmp_path: Path
) -> None:
    query = question(overlays["production"], "http_requests_total")
    worse = [counted(NEW, "200", 75), counted(NEW, "503", 25), counted(OLD, "200", 1000)]
    assert answered(promtool, tmp_path, query, worse, "0.25")
    assert not answered(promtool, tmp_path, query, worse, "0.05")
    everybody = re.sub(NEW, ".+", query)
    assert not answered(promtool, tmp_path, everybody, worse, "0.25"), "the pods are not told apart"
    old_alone_fails = [counted(NEW, "200", 100), counted(OLD, "500", 100)]
    assert answered(promtool, tmp_path, query, old_alone_fails, "")
    assert answered(promtool, tmp_path, query, [counted(OLD, "500", 100)], "")


def test_one_answer_in_a_hundred_is_too_many_and_no_traffic_is_no_fault(
    overlays: Overlays,
) -> None:
    (template,) = of_kind(overlays["production"], "AnalysisTemplate")
    (metric,) = template["spec"]["metrics"]
    succeeds, fails = metric["successCondition"], metric["failureCondition"]
    assert re.findall(r"result\[0\] (\S+) ([\d.]+)", succeeds) == [("<", "0.01")]
    assert re.findall(r"result\[0\] (\S+) ([\d.]+)", fails) == [(">=", "0.01")]
    assert succeeds.startswith("len(result) == 0 || isNaN(result[0]) || ")
    assert fails.startswith("len(result) > 0 && !isNaN(result[0]) && ")
    assert metric["failureLimit"] < metric["count"], "it could never fail"
