"""The templates of every variant: valid, scanned, saying what they must; and faults are seen."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from native.toolbox import ToolMissing
from tests.infra.aws.conftest import AWS, ROOT, need_node
from tests.infra.aws.test_clouds_page import PAGE, tables

Bring = Callable[[str], Path]
SECRET = "AWS::SecretsManager::Secret"
VARIANTS = ("eks-small", "eks-large", "ec2-small")
# Every exception that a template makes, so that a new one is looked at.
ACCEPTED = {
    ("SoukMedia", "CKV_AWS_18"),
    ("SoukMedia", "CKV_AWS_21"),
    ("SoukMedia", "CKV_AWS_27"),
    ("SoukMedia", "CKV_AWS_117"),
    ("SoukMedia", "CKV_AWS_158"),
    ("SoukMedia", "CKV_AWS_173"),
    ("SoukNetwork", "CKV_AWS_158"),
    ("SoukData", "CKV_AWS_157"),
    ("SoukData", "CKV_AWS_158"),
}


def ran(*command: object, cwd: Path = AWS) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env=os.environ | {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1"},
    )


def linted(cfn_lint: Path, files: list[Path]) -> list[str]:
    """What cfn-lint finds; the CDK adds dependencies that are there anyway (W3005)."""
    done = ran(cfn_lint, "--ignore-checks", "W3005", "--format", "parseable", *files)
    return done.stdout.splitlines()


def scanned(checkov: Path, folder: Path) -> set[str]:
    """The checks of checkov that fail, with the file."""
    done = ran(
        checkov,
        *("--directory", folder, "--framework", "cloudformation"),
        *("--skip-download", "--compact", "--quiet", "--output", "json"),
    )
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["summary"]["passed"] + report["summary"]["failed"] > 5
    failed = report.get("results", {}).get("failed_checks", [])
    return {f"{one['file_path']} {one['check_id']} {one['resource']}" for one in failed}


def asserted(python: Path, folder: Path) -> dict[str, str | None]:
    """What each check of checks.py says."""
    done = ran(python, "checks.py", folder)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(lines) >= 12, done.stderr[-2000:]
    return {line["name"]: line["wrong"] for line in lines}


def template(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}.template.json").read_text())
    return found


def test_without_node_nothing_is_checked_and_where_all_must_be_that_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SOUK_INFRA_REQUIRED", "1")
    with pytest.raises(ToolMissing, match=r"Node\.js"):
        need_node()
    monkeypatch.setenv("SOUK_INFRA_REQUIRED", "")
    with pytest.raises(pytest.skip.Exception, match=r"Node\.js"):
        need_node()


def test_every_variant_has_its_stacks(templates: Path) -> None:
    shared = {"SoukNetwork", "SoukMedia", "SoukEdge", "SoukWatching"}
    for variant in VARIANTS:
        made = {
            path.name.partition(".")[0] for path in (templates / variant).glob("*.template.json")
        }
        own = {"SoukMachine"} if variant.startswith("ec2") else {"SoukData", "SoukCluster"}
        assert made == shared | own


def test_the_templates_pass_the_linter_and_a_fault_is_seen(
    templates: Path, python_tool: Bring, tmp_path: Path
) -> None:
    cfn_lint = python_tool("cfn-lint")
    files = sorted(templates.glob("*/*.template.json"))
    assert len(files) == 17
    assert linted(cfn_lint, files) == []
    broken = template(templates / "eks-small", "SoukData")
    instance = next(
        one for one in broken["Resources"].values() if one["Type"] == "AWS::RDS::DBInstance"
    )
    instance["Properties"]["StorageEncrypted"] = "perhaps"
    instance["Properties"]["Colour"] = "green"
    planted = tmp_path / "planted.template.json"
    planted.write_text(json.dumps(broken))
    found = "\n".join(linted(cfn_lint, [planted]))
    assert "Colour" in found
    assert "perhaps" in found


def test_the_templates_pass_the_scanner_and_a_fault_is_seen(
    templates: Path, python_tool: Bring, tmp_path: Path
) -> None:
    checkov = python_tool("checkov")
    for variant in VARIANTS:
        # The function's code beside them is no template.
        only = tmp_path / variant
        only.mkdir()
        for path in (templates / variant).glob("*.template.json"):
            shutil.copy(path, only)
        assert scanned(checkov, only) == set()
    broken = template(templates / "eks-small", "SoukMedia")
    for resource in broken["Resources"].values():
        resource.get("Properties", {}).pop("PublicAccessBlockConfiguration", None)
    planted = tmp_path / "planted"
    planted.mkdir()
    (planted / "SoukMedia.template.json").write_text(json.dumps(broken))
    assert any("CKV_AWS_53" in line for line in scanned(checkov, planted))


def secrets_of(folder: Path) -> dict[str, dict[str, Any]]:
    """By its name in Secrets Manager, how each is made."""
    resources = template(folder, "SoukData")["Resources"]
    found = {id: one for id, one in resources.items() if one["Type"] == SECRET}
    return {one["Properties"]["Name"]: {"id": id, **one["Properties"]} for id, one in found.items()}


def fields(secret: dict[str, Any]) -> set[str]:
    """The properties that a document has from the beginning."""
    made = secret.get("GenerateSecretString")
    return {made["GenerateStringKey"]} if made else set(json.loads(secret["SecretString"]))


def readable(folder: Path) -> set[str]:
    """The ids of the secrets that External Secrets' role may read."""
    cluster = template(folder, "SoukCluster")["Resources"].values()
    statements = [
        statement
        for one in cluster
        if one["Type"] == "AWS::IAM::Policy"
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
        if "secretsmanager:GetSecretValue" in statement["Action"]
    ]
    return set(re.findall(r"ExportsOutputRef(\w+?)[0-9A-F]{16}", json.dumps(statements)))


def test_the_cluster_may_read_every_document_that_its_overlay_asks_for(templates: Path) -> None:
    text = (ROOT / "infra/k8s/components/external-secrets/secrets.yaml").read_text()
    asked = set(re.findall(r"key: ([^,]+), property: (\w+)", text))
    folder = templates / "eks-small"
    made = secrets_of(folder)
    assert {name for name, _ in asked} <= set(made)
    may = readable(folder)
    for name in {name for name, _ in asked}:
        assert re.sub(r"[0-9A-F]{8}$", "", made[name]["id"]) in may, name
        for field in fields(made[name]):
            assert (name, field) in asked, f"nobody asks for {field} of {name}"
    # A password made up would be a DSN that no process takes, and an empty one is none.
    assert json.loads(made["souk-sentry"]["SecretString"]) == {"dsn": ""}
    for title in ("Small", "Large"):
        rows = tables(PAGE.read_text())[title].rows
        (priced,) = [row for row in rows if row.part == "secrets"]
        assert priced.amount == len(made), title


def test_every_exception_is_on_the_list_and_says_why(templates: Path) -> None:
    found = set()
    for path in templates.glob("*/*.template.json"):
        stack = path.name.partition(".")[0]
        for resource in json.loads(path.read_text())["Resources"].values():
            for skipped in resource.get("Metadata", {}).get("checkov", {}).get("skip", ()):
                found.add((stack, skipped["id"]))
                assert len(skipped["comment"]) > 20
    assert found == ACCEPTED


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_stacks_say_what_they_must(templates: Path, python_tool: Bring, variant: str) -> None:
    said = asserted(python_tool("python"), templates / variant)
    assert {name: wrong for name, wrong in said.items() if wrong} == {}


def test_a_stack_that_says_something_else_is_seen(
    templates: Path, python_tool: Bring, tmp_path: Path
) -> None:
    folder = shutil.copytree(
        templates / "eks-small", tmp_path / "broken", ignore=shutil.ignore_patterns("asset.*")
    )
    wrongs = {
        "SoukMedia": [
            ('"prefix": "uploads/"', '"prefix": ""'),
            ('"s3:PutObject"', '"s3:DeleteObject"'),
            ('"BlockPublicAcls": true', '"BlockPublicAcls": false'),
            ("/v1/media/*", "/*"),
            ("https://shop.souk.example", "*"),
            ('"DeletionPolicy": "Retain"', '"DeletionPolicy": "Delete"'),
        ],
        "SoukEdge": [("default-src 'none'; sandbox", "default-src *")],
        "SoukNetwork": [('"FromPort": 5432', '"FromPort": 22')],
        "SoukWatching": [("FORECASTED", "ACTUAL"), ("OKActions", "Colour")],
        "SoukData": [('"ClientBroker": "TLS"', '"ClientBroker": "PLAINTEXT"')],
        "SoukCluster": [('"Resource": {', '"Resource": "*", "Was": {')],
    }
    for stack, changes in wrongs.items():
        path = folder / f"{stack}.template.json"
        text = path.read_text()
        for there, otherwise in changes:
            assert there in text, (stack, there)
            text = text.replace(there, otherwise)
        path.write_text(text)
    said = asserted(python_tool("python"), folder)
    assert [name for name, wrong in said.items() if wrong is None] == []
