"""`python -m native.leaks`: looks for secrets in every file that git keeps.

A tool of the suite `security`, round detect-secrets. What looks like a secret and is none (the
demo's password, keys that tests forge with) stands in `.secrets.baseline`; `--accept` writes it
anew, for somebody who has looked at each of them.
"""

import contextlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from detect_secrets.core import baseline
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

from native.place import CHECKOUT

BASELINE = ".secrets.baseline"
# Hashes by design: of the packages, of the jars, and of the baseline's own entries.
FULL_OF_HASHES = {
    "requirements.lock",
    "infra/tools/requirements.lock",
    "infra/native/src/native/jars.lock",
    BASELINE,
}


def kept(checkout: Path) -> list[str]:
    """Every file that git keeps, but those full of hashes."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=checkout, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and name not in FULL_OF_HASHES]


def search(checkout: Path, files: Sequence[str]) -> SecretsCollection:
    """What looks like a secret in these files."""
    found = SecretsCollection()
    # Finds are compared by the names of their files, which must be the same in every checkout.
    with default_settings(), contextlib.chdir(checkout):
        found.scan_files(*files)
    return found


def news(found: SecretsCollection, known: Path) -> list[str]:
    """A line for each find that the baseline does not have; its secret is not repeated."""
    accepted = baseline.load(baseline.load_from_file(str(known)))
    return [f"{file}:{secret.line_number}: {secret.type}" for file, secret in found - accepted]


def main() -> None:
    """Says how much was read, so that an empty search does not pass for a clean one."""
    files = kept(CHECKOUT)
    found = search(CHECKOUT, files)
    if sys.argv[1:] == ["--accept"]:
        baseline.save_to_file(found, str(CHECKOUT / BASELINE))
    unknown = news(found, CHECKOUT / BASELINE)
    sys.stdout.writelines(f"{line}\n" for line in unknown)
    sys.stdout.write(f"{len(files)} files searched for secrets, {len(unknown)} new finds.\n")
    sys.exit(1 if unknown or not files else 0)


if __name__ == "__main__":
    main()
