"""Every custom resource keeps to its project's schema, and a misspelt field is seen."""

import copy
from typing import Any

import pytest

from native import toolbox
from native.toolbox import ToolMissing
from tests.infra.k8s import strimzi
from tests.infra.k8s.crds import MODULES, problems
from tests.infra.k8s.rendered import Manifest, distinct, group, identity, is_custom

GROUPS = sorted(MODULES)


def resources(everything: list[Manifest], api_group: str) -> list[Manifest]:
    return [found for found in distinct(everything) if group(found) == api_group]


def checked(manifest: Manifest) -> list[str]:
    """As `problems`; where its schema cannot be had, the test is skipped with the reason."""
    try:
        return problems(manifest)
    except ToolMissing as why:
        if toolbox.required():
            raise
        pytest.skip(str(why))


def test_every_group_is_described_by_somebody(everything: list[Manifest]) -> None:
    used = {group(manifest) for manifest in everything if is_custom(manifest)}
    assert used == {*MODULES, strimzi.GROUP}


@pytest.mark.parametrize("api_group", [*GROUPS, strimzi.GROUP])
def test_each_resource_keeps_to_its_schema(api_group: str, everything: list[Manifest]) -> None:
    found = resources(everything, api_group)
    assert found, f"no overlay has one of {api_group}"
    wrong = {identity(manifest): said for manifest in found if (said := checked(manifest))}
    assert wrong == {}


@pytest.mark.parametrize("api_group", [*GROUPS, strimzi.GROUP])
def test_a_field_that_nobody_knows_is_refused(api_group: str, everything: list[Manifest]) -> None:
    planted: Any = copy.deepcopy(resources(everything, api_group)[0])
    planted["spec"]["replicsa"] = 3
    assert any("replicsa" in said for said in checked(planted))


def test_a_value_of_the_wrong_kind_is_refused(everything: list[Manifest]) -> None:
    for api_group, field in (("keda.sh", "maxReplicaCount"), ("postgresql.cnpg.io", "instances")):
        scaled = [one for one in resources(everything, api_group) if field in one["spec"]]
        planted: Any = copy.deepcopy(scaled[0])
        planted["spec"][field] = "many"
        assert any(said.startswith(f"spec/{field}") for said in checked(planted)), api_group
