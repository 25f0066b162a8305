"""Custom resources against the schemas that their projects publish, as the API server would.

The definitions come out of the projects' own Go modules, and Strimzi's out of its Maven artifact,
so nothing is copied here. A field that the schema does not know is refused, as `--validate=strict`
refuses it, and not dropped as it would be in silence.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from native import toolbox
from tests.infra.k8s import strimzi
from tests.infra.k8s.rendered import Manifest, group

# API group: the module that publishes it, its version, and where in it the definitions are.
MODULES: Mapping[str, tuple[str, str, str]] = {
    "gateway.networking.k8s.io": (
        "sigs.k8s.io/gateway-api",
        "v1.4.0",
        "config/crd/standard/*.yaml",
    ),
    "gateway.envoyproxy.io": (
        "github.com/envoyproxy/gateway",
        "v1.6.0",
        "charts/gateway-helm/crds/generated/*.yaml",
    ),
    "keda.sh": ("github.com/kedacore/keda/v2", "v2.18.1", "config/crd/bases/*.yaml"),
    "cert-manager.io": (
        "github.com/cert-manager/cert-manager",
        "v1.19.1",
        "deploy/crds/*.yaml",
    ),
    "postgresql.cnpg.io": (
        "github.com/cloudnative-pg/cloudnative-pg",
        "v1.27.1",
        "config/crd/bases/*.yaml",
    ),
    "mongodbcommunity.mongodb.com": (
        "github.com/mongodb/mongodb-kubernetes-operator",
        "v0.13.0",
        "config/crd/bases/*.yaml",
    ),
    "external-secrets.io": (
        "github.com/external-secrets/external-secrets",
        "v1.3.2",
        "config/crds/bases/*.yaml",
    ),
    "argoproj.io": ("github.com/argoproj/argo-rollouts", "v1.8.3", "manifests/crds/*-crd.yaml"),
}


@cache
def schemas(api_group: str) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """(kind, version): the schema; raises ToolMissing where the module cannot be had."""
    found = {}
    for definition in published(api_group):
        for served in definition["spec"]["versions"]:
            name = (definition["spec"]["names"]["kind"], served["name"])
            if definition["spec"]["group"] == api_group and served["served"]:
                found[name] = closed(served["schema"]["openAPIV3Schema"])
    return found


def published(api_group: str) -> Iterable[Mapping[str, Any]]:
    """The definitions as the group's project publishes them."""
    if api_group == strimzi.GROUP:
        return strimzi.definitions()
    module, version, pattern = MODULES[api_group]
    return definitions(toolbox.go_module(module, version), pattern)


def definitions(folder: Path, pattern: str) -> Iterator[Mapping[str, Any]]:
    """Every CustomResourceDefinition in the files that match."""
    for path in sorted(folder.glob(pattern)):
        for document in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader):
            if document and document.get("kind") == "CustomResourceDefinition":
                yield document


def closed(schema: Any) -> Any:
    """The same schema, refusing fields that it does not name (unless it keeps unknown ones)."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-embedded-resource"):
        return {}
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    known = {
        key: {name: closed(part) for name, part in value.items()}
        if key == "properties"
        else closed(value)
        for key, value in schema.items()
        if key not in {"format", "default", "description"} and not key.startswith("x-")
    }
    open_end = schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in known and not open_end:
        known.setdefault("additionalProperties", False)
    if schema.get("nullable") and "type" in known:
        known["type"] = [known["type"], "null"]
    return known


def problems(manifest: Manifest) -> list[str]:
    """What the schema says against it; KeyError for a kind that the module does not serve."""
    kind, version = manifest["kind"], manifest["apiVersion"].partition("/")[2]
    schema = dict(schemas(group(manifest))[kind, version])
    schema["properties"] = {
        **schema["properties"],
        "apiVersion": {},
        "kind": {},
        "metadata": {"type": "object"},
    }
    found = Draft202012Validator(schema).iter_errors(manifest)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]
