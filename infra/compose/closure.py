"""Prints the part of requirements.lock that a member needs, hashes included.

The Dockerfiles call it with a pyproject.toml, and with that of the chassis, whose packages all
images share and which are left out then. So each image installs its own packages and no other's,
in the one set of versions that is tested. What needs what is read from the lock's own `# via`
comments: no index is asked, and no version can be another one.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOCK = "requirements.lock"
MEMBER = "souk-"


@dataclass(frozen=True)
class Pinned:
    """One package of the lock: its lines as they stand there, and who asks for it."""

    text: str
    wanted_by: frozenset[str]


def read(lock: str) -> dict[str, Pinned]:
    """The packages of a lock that `uv pip compile` wrote with hashes and annotations."""
    found = {}
    for block in re.split(r"^(?=\w)", lock, flags=re.MULTILINE):
        pin, _, rest = block.partition("    # via")
        if name := re.match(r"[\w.-]+", pin):
            comment = rest.partition("\n\n")[0]
            lines = (line.strip(" #") for line in comment.splitlines())
            found[name[0]] = Pinned(pin, frozenset(line.split()[0] for line in lines if line))
    return found


def wishes(pyproject: str) -> set[str]:
    """The names of the packages that a member asks for, other members left out."""
    project = tomllib.loads(pyproject)["project"]
    names = (re.match(r"[\w.-]+", wish) for wish in project["dependencies"])
    plain = {re.sub(r"[-_.]+", "-", name[0]).lower() for name in names if name}
    return {name for name in plain if not name.startswith(MEMBER)}


def closure(packages: Mapping[str, Pinned], roots: Iterable[str]) -> list[str]:
    """The names of the roots and of all that they need, at any remove.

    Raises:
        KeyError: a root that is not in the lock.
    """
    reached = set(roots)
    if unknown := reached - packages.keys():
        raise KeyError(f"not in the lock: {', '.join(sorted(unknown))}")
    while more := {
        name
        for name, package in packages.items()
        if name not in reached and package.wanted_by & reached
    }:
        reached |= more
    return sorted(reached)


def main(pyproject: str, shared: Sequence[str]) -> None:
    """Print the lock's lines for a member; the lock lies in the working directory."""
    packages = read(Path(LOCK).read_text())
    wanted = closure(packages, wishes(Path(pyproject).read_text()))
    there = {name for file in shared for name in closure(packages, wishes(Path(file).read_text()))}
    sys.stdout.write("".join(packages[name].text for name in wanted if name not in there))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
