"""checkov over every overlay: what it asks for is done, or stands here with the reason why not."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.conftest import Bring
from tests.infra.k8s.rendered import Manifest, distinct, is_custom

NOT_ASKED = {
    "CKV_K8S_43": "`./souk deploy` puts each image's digest in; a tag stands in the tree",
    "CKV_K8S_15": "an image by digest never changes, and a local one can be pulled from nowhere",
    "CKV_K8S_35": "settings come from the environment in all three ways to run the shop",
    "CKV_K8S_40": "the servers' official images have users of their own, 999 and 1000",
}
SECONDS = 300


def checked(program: Path, folder: Path) -> tuple[int, list[str]]:
    """How many checks passed, and what failed where."""
    skipped = ",".join(NOT_ASKED)
    options = ["--framework", "kubernetes", "--skip-download", "--quiet", "--output", "json"]
    command = [str(program), "--directory", str(folder), "--skip-check", skipped, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    report: Any = json.loads(done.stdout)
    failed = report["results"]["failed_checks"]
    return report["summary"]["passed"], [f"{one['check_id']} {one['resource']}" for one in failed]


@pytest.fixture(scope="module")
def plain(everything: list[Manifest]) -> list[Manifest]:
    return [found for found in distinct(everything) if not is_custom(found)]


def test_nothing_is_left_to_ask_for(
    plain: list[Manifest], python_tool: Bring, tmp_path: Path
) -> None:
    program = python_tool("checkov")
    (tmp_path / "all.yaml").write_text(yaml.dump_all(plain, Dumper=yaml.CSafeDumper))
    passed, failed = checked(program, tmp_path)
    assert failed == []
    assert passed > 1500


def test_a_pod_that_asks_for_too_much_is_seen(
    plain: list[Manifest], python_tool: Bring, tmp_path: Path
) -> None:
    planted: Any = next(found for found in plain if found["kind"] == "Deployment")
    planted = json.loads(json.dumps(planted))
    planted["spec"]["template"]["spec"]["hostNetwork"] = True
    del planted["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
    (tmp_path / "one.yaml").write_text(yaml.dump(planted))
    _, failed = checked(python_tool("checkov"), tmp_path)
    found = {line.partition(" ")[0] for line in failed}
    assert {"CKV_K8S_19", "CKV_K8S_11", "CKV_K8S_13"} <= found
