"""`python -m native.advisories`: asks whether any pinned package has a known weakness.

A tool of the suite `security`. pip-audit ends well when its service knew no package at all, so a
clean answer counts only when a release with a famous weakness is found first, and when no pinned
package was left out. Exit 77 says that nothing could be asked from here.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from native.place import CHECKOUT

# CVE-2024-33663. The shop's own python-jose is newer.
KNOWN_BAD = "python-jose==3.3.0"
NOT_HERE = 77
SERVICE = os.environ.get("SOUK_ADVISORIES_URL", "https://api.osv.dev/v1/query")
SECONDS = 180


class Unaudited(Exception):
    """The advisory service did not answer."""


@dataclass(frozen=True, slots=True)
class Audit:
    """`weak` are "name version: advisories", `left_out` what nobody looked at."""

    audited: int
    weak: tuple[str, ...]
    left_out: tuple[str, ...]


def audit(requirements: Path, service: str = SERVICE) -> Audit:
    """Looks up every pinned package (OSV's API); raises Unaudited when nobody answers."""
    tool = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--format", "json"]
    lookup = ["--vulnerability-service", "osv", "--osv-url", service]
    pins = ["--no-deps", "--disable-pip", "--requirement", str(requirements)]
    done = subprocess.run(
        [*tool, *lookup, *pins], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if not done.stdout.strip():
        raise Unaudited(done.stderr.strip().rpartition("\n")[2][:300])
    return _read(json.loads(done.stdout)["dependencies"])


def _read(found: Sequence[dict[str, object]]) -> Audit:
    asked = [package for package in found if "skip_reason" not in package]
    weak = [
        f"{package['name']} {package['version']}: {', '.join(v['id'] for v in known)}"
        for package in asked
        if isinstance(known := package["vulns"], list) and known
    ]
    left_out = [str(package["name"]) for package in found if "skip_reason" in package]
    return Audit(len(asked), tuple(weak), tuple(left_out))


def check(requirements: Path, service: str = SERVICE) -> tuple[int, str]:
    """The exit code and a sentence: 0 all clean, 1 a weakness or a void audit, 77 not here."""
    try:
        if not _control(service).weak:
            return 1, f"The audit is void: {service} does not know that {KNOWN_BAD} is weak."
        found = audit(requirements, service)
    except Unaudited as problem:
        return NOT_HERE, f"No package was audited: {problem}"
    if found.weak:
        return 1, "Known weaknesses:\n  " + "\n  ".join(found.weak)
    if found.left_out or not found.audited:
        return 1, f"{found.audited} packages audited, not: {', '.join(found.left_out)}"
    return 0, f"{found.audited} packages audited, none with a known weakness."


def _control(service: str) -> Audit:
    with tempfile.TemporaryDirectory() as scratch:
        known_bad = Path(scratch) / "known-bad.txt"
        known_bad.write_text(KNOWN_BAD + "\n")
        return audit(known_bad, service)


def main() -> None:
    """Where nothing may be left out, as in the public pipeline, 77 becomes 1."""
    code, sentence = check(CHECKOUT / "requirements.lock")
    sys.stdout.write(sentence + "\n")
    sys.exit(1 if code == NOT_HERE and os.environ.get("SOUK_NOTHING_LEFT_OUT") else code)


if __name__ == "__main__":
    main()
