"""Prints the Secrets of overlays/local and overlays/kind: `python -m native.kubernetes.secrets`.

They come from the vault of this home, which is made at first use, so a second call prints the same
and the operator's key for imports stays with the operator. Staging and production have theirs from
the site's own store (infra/k8s/components/external-secrets).
"""

import base64
import hashlib
import json
import sys
from collections.abc import Mapping

from native.place import Place
from native.vault import DATABASES, Vault, open_vault

NAMESPACE = "souk"
POSTGRES = "postgres:5432"
MONGO_URL = "mongodb://mongo:27017/?directConnection=true&journal=true"


def values(vault: Vault) -> dict[str, dict[str, str]]:
    """What each Secret holds; a service's own is all that it may know."""
    found = {
        name: {"SOUK_DATABASE_URL": f"postgresql://{name}:{vault.roles[name]}@{POSTGRES}/{name}"}
        for name in DATABASES
    }
    jwk = json.dumps(vault.operator_public_jwk, separators=(",", ":"))
    found["auth"] |= {"SOUK_OPERATOR_JWK": jwk, "SOUK_KEY_ENCRYPTION_KEY": _key("auth", vault)}
    found["notifications"]["SOUK_KEY_ENCRYPTION_KEY"] = _key("notifications", vault)
    found["payments"]["SOUK_PROVIDER_WEBHOOK_SECRET"] = vault.webhook_secret
    found["catalog"] = {"SOUK_MONGO_URL": MONGO_URL, "SOUK_MEDIA_SIGNING_KEY": vault.media_key}
    redis = hashlib.sha256(f"redis {vault.postgres}".encode()).hexdigest()
    found["redis"] = {"SOUK_REDIS_URL": f"redis://:{redis}@redis:6379/0"}
    found["redis-server"] = {"REDIS_PASSWORD": redis}
    found["postgres"] = {"POSTGRES_PASSWORD": vault.postgres} | {
        f"PASSWORD_{name.upper()}": password for name, password in vault.roles.items()
    }
    return found


def manifests(found: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    """One List of Secrets, as `kubectl apply` takes it."""
    items = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "stringData": dict(entries),
        }
        for name, entries in found.items()
    ]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _key(name: str, vault: Vault) -> str:
    """Thirty-two bytes in base64 that encrypt a service's own secrets in its database."""
    digest = hashlib.sha256(f"encryption {name} {vault.roles[name]}".encode()).digest()
    return base64.b64encode(digest).decode()


def main() -> None:
    """To standard output, for `kubectl apply --filename -`."""
    place = Place.from_environment()
    place.make()
    json.dump(manifests(values(open_vault(place))), sys.stdout)


if __name__ == "__main__":
    main()
