"""The environment that each container of an overlay starts with, put together from where it comes.

ConfigMaps are in the overlay; what a Secret will hold is told by the ExternalSecret that makes it,
or by `native.kubernetes.secrets` where there is none.
"""

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from native.kubernetes import secrets
from native.place import Place
from native.vault import open_vault
from tests.infra.k8s.rendered import Manifest, of_kind

# A vault as `up` makes one, of which nothing outlives the tests.
with tempfile.TemporaryDirectory() as scratch:
    SAMPLE = open_vault(Place(Path(scratch), Path(scratch)))
# What the site's own store holds, by the property's name; anything else is some text.
STORED = {
    "key_encryption_key": secrets.values(SAMPLE)["auth"]["SOUK_KEY_ENCRYPTION_KEY"],
    "operator_jwk": secrets.values(SAMPLE)["auth"]["SOUK_OPERATOR_JWK"],
    "dsn": "http://key@relay.observability.svc:3000/1",
}
_PLACE = re.compile(r"{{ \.(\w+)(?: \| urlquery)? }}")


def config_maps(objects: Iterable[Manifest]) -> dict[str, Mapping[str, str]]:
    """What each ConfigMap holds."""
    found = of_kind(objects, "ConfigMap")
    return {one["metadata"]["name"]: one.get("data", {}) for one in found}


def secret_values(objects: Iterable[Manifest]) -> dict[str, Mapping[str, str]]:
    """What each Secret will hold, with samples for values."""
    external = {
        one["spec"]["target"]["name"]: _templated(one["spec"])
        for one in of_kind(objects, "ExternalSecret")
    }
    return {**external} if external else {**secrets.values(SAMPLE)}


def _templated(spec: Mapping[str, Any]) -> dict[str, str]:
    sample = {one["secretKey"]: _sample(one["remoteRef"]["property"]) for one in spec["data"]}
    template = spec["target"].get("template", {}).get("data")
    if template is None:
        return sample
    return {key: _PLACE.sub(lambda at: sample[at[1]], text) for key, text in template.items()}


def _sample(name: str) -> str:
    return STORED.get(name, f"sample-{name}-" + "c" * 32)


def of_container(container: Mapping[str, Any], objects: list[Manifest]) -> dict[str, str]:
    """Name and value of every variable; raises KeyError for a source that nothing makes.

    What is optional and not there is left out, as the kubelet does.
    """
    maps, hidden = config_maps(objects), secret_values(objects)
    found: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        if "configMapRef" in source:
            found |= maps[source["configMapRef"]["name"]]
        else:
            found |= hidden[source["secretRef"]["name"]]
    for one in container.get("env", ()):
        if "value" in one:
            found[one["name"]] = one["value"]
        else:
            wanted = one["valueFrom"]["secretKeyRef"]
            there = wanted["key"] in hidden.get(wanted["name"], {})
            if there or not wanted.get("optional"):
                found[one["name"]] = hidden[wanted["name"]][wanted["key"]]
    return found
