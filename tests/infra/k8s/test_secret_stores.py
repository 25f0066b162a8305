"""What the overlays ask of the site's own store has a name that the store of every cloud takes.

The ExternalSecrets are the same in all of them, so that a name must keep to three rules at once.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.infra.k8s.conftest import Overlays
from tests.infra.k8s.rendered import OVERLAYS, Manifest, group, identity, of_kind

# - AWS: "ASCII letters, numbers, and the following characters: /_+=.@-", 512 at most
#   (docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html). One that ends in
#   a hyphen and six characters, as `souk-orders`, is to be had by its name or its whole ARN alone.
# - Google: "a maximum length of 255 characters and can contain uppercase and lowercase letters,
#   numerals, and the hyphen (-) and underscore (_) characters"
#   (cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create).
# - Azure: "a 1-127 character string, containing only 0-9, a-z, A-Z, and -"
#   (learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates). What stands
#   before a slash is a type for External Secrets: `secret`, `key` or `cert`
#   (external-secrets.io/latest/provider/azure-key-vault).
RULES: Mapping[str, re.Pattern[str]] = {
    "AWS Secrets Manager": re.compile(r"[0-9A-Za-z/_+=.@-]{1,512}"),
    "Google Secret Manager": re.compile(r"[0-9A-Za-z_-]{1,255}"),
    "Azure Key Vault": re.compile(r"[0-9A-Za-z-]{1,127}"),
}
# Overlay: the clouds' own; `local` and `kind` have their Secrets from no store.
ASKING = sorted({*OVERLAYS} - {"local", "kind"})


def asked(found: Any) -> Iterator[str]:
    """The name of each document that is asked for, alone or whole, however deep it stands."""
    if isinstance(found, list):
        for part in found:
            yield from asked(part)
    if isinstance(found, dict):
        for field, part in found.items():
            if field in {"remoteRef", "extract"}:
                yield part["key"]
            yield from asked(part)


def refused(objects: list[Manifest]) -> Iterator[str]:
    """Which name which store does not take."""
    for manifest in objects:
        if group(manifest) != "external-secrets.io":
            continue
        for name in asked(manifest["spec"]):
            for store, rule in RULES.items():
                if not rule.fullmatch(name):
                    yield f"{identity(manifest)}: {store} takes no {name!r}"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_document_has_a_name_that_every_store_takes(overlay: str, overlays: Overlays) -> None:
    objects = overlays[overlay]
    secrets = list(of_kind(objects, "ExternalSecret"))
    assert bool(secrets) == (overlay in ASKING)
    # A secret that asks for nothing would be right for every store.
    assert [identity(one) for one in secrets if not [*asked(one["spec"])]] == []
    assert sorted({*refused(objects)}) == []


def test_every_cloud_asks_for_the_same_documents(overlays: Overlays) -> None:
    found = {
        overlay: {
            name for one in of_kind(overlays[overlay], "ExternalSecret") for name in asked(one)
        }
        for overlay in ASKING
    }
    assert {frozenset(names) for names in found.values()} == {frozenset(found["production"])}


# What is asked for: the stores that do not take it.
FAULTS: Mapping[str, set[str]] = {
    "souk/orders": {"Google Secret Manager", "Azure Key Vault"},
    "souk_orders": {"Azure Key Vault"},
    "souk.orders": {"Google Secret Manager", "Azure Key Vault"},
    "souk orders": {*RULES},
    "souk-orders\n": {*RULES},
    "": {*RULES},
    "a" * 128: {"Azure Key Vault"},
    "a" * 256: {"Google Secret Manager", "Azure Key Vault"},
    "a" * 513: {*RULES},
}


@pytest.mark.parametrize("whole", [False, True], ids=["one property", "the whole document"])
@pytest.mark.parametrize("name", FAULTS)
def test_a_name_that_a_store_does_not_take_is_seen(
    name: str, whole: bool, overlays: Overlays
) -> None:
    objects: Any = copy.deepcopy(overlays["production"])
    (planted,) = [
        one for one in of_kind(objects, "ExternalSecret") if one["metadata"]["name"] == "orders"
    ]
    if whole:
        planted["spec"]["dataFrom"] = [{"extract": {"key": name}}]
    else:
        planted["spec"]["data"][0]["remoteRef"]["key"] = name
    said = [line for line in refused(objects) if line.startswith("ExternalSecret/orders: ")]
    wanted = {f"ExternalSecret/orders: {store} takes no {name!r}" for store in FAULTS[name]}
    assert {line for line in said if line.endswith(f" {name!r}")} == wanted
