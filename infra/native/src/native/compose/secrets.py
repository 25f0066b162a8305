"""Makes the secrets of a stack in containers, once: `python -m native.compose.secrets FOLDER`.

The one-shot container `secrets` runs it before anything else. Below the folder is a volume for each
owner, which mounts its own alone; a file in it has the name of a setting and is its value.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from native.kubernetes.secrets import values
from native.place import Place
from native.vault import DATABASES, Vault, open_vault

OPERATOR = "operator"
READABLE = 0o444  # for every user of the containers that mount the volume, and there is but one


def files(vault: Vault) -> dict[str, dict[str, str]]:
    """What each owner finds in its volume: names of files and what is in them.

    A service's secrets are those that Kubernetes gives it; Redis has no password on this network.
    """
    there = values(vault)
    found = {name: there[name] for name in DATABASES}
    found["catalog"] = {"SOUK_MEDIA_SIGNING_KEY": vault.media_key}
    found["postgres"] = {"password": vault.postgres}
    return found


def make(folder: Path) -> None:
    """Open the vault in the operator's volume, and give the others their part of it."""
    place = Place(home=folder / OPERATOR, tools=folder / OPERATOR)
    vault = open_vault(place)
    place.secrets.chmod(READABLE)
    for owner, entries in files(vault).items():
        write(folder / owner, entries)


def write(folder: Path, entries: Mapping[str, str]) -> None:
    """Replace what is there."""
    for name, value in entries.items():
        path = folder / name
        path.unlink(missing_ok=True)
        path.write_text(value)
        path.chmod(READABLE)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
