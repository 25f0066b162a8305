"""Speaks to Docker by its own command, and to Compose by whichever version of it is here.

Every module of this package that works on the machine asks here; none calls a program itself. A
project is all containers, networks and volumes that belong to one stack; its name is what Compose
would call it, so that a stack started by hand is found.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from native.children import spoken
from native.errors import StackError
from native.place import CHECKOUT

SECONDS = 120


class NoEngine(StackError):
    """There is no Docker here that answers."""


class DockerFailed(StackError):
    """Docker refused something; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Client:
    """One project, the words that call Compose, and what its file is told."""

    project: str
    compose: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    async def run(self, *words: str) -> AsyncIterator[str]:
        """A command of Compose, line by line; raises ChildFailed."""
        command = [*self.compose, "-p", self.project, *words]
        told = {"COMPOSE_IGNORE_ORPHANS": "1", **builder(self.compose), **self.environment}
        async for line in spoken(command, directory=CHECKOUT, environment=told):
            yield line.rstrip()

    def docker(self, *words: str) -> str:
        """What a command of Docker says; raises DockerFailed."""
        return docker(*words)

    def inspect(self) -> list[dict[str, Any]]:
        """Docker's description of every container of the project, running or not."""
        label = f"label=com.docker.compose.project={self.project}"
        ids = self.docker("ps", "-aq", "--no-trunc", "--filter", label).split()
        found: list[dict[str, Any]] = json.loads(self.docker("inspect", *ids)) if ids else []
        return found


def builder(compose: Sequence[str]) -> dict[str, str]:
    """The first version of Compose builds by itself, unless Docker has the newer builder.

    Asked to, it would leave that to Docker, whose old builder newer commands are without.
    """
    if compose[0] == "docker" or succeeds("docker", "buildx", "version"):
        return {}
    return {"COMPOSE_DOCKER_CLI_BUILD": "0", "DOCKER_BUILDKIT": "0"}


def docker(*words: str) -> str:
    """What a command of Docker says; raises DockerFailed."""
    try:
        done = subprocess.run(
            ["docker", *words], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise DockerFailed(f"docker {words[0]} took longer than {SECONDS} s") from late
    if done.returncode != 0:
        raise DockerFailed(f"docker {' '.join(words[:3])}: {done.stderr.strip()}")
    return done.stdout


def find(environment: Mapping[str, str] | None = None, *, patience: float = SECONDS) -> Client:
    """The client of this checkout's project; each program has `patience` seconds to answer.

    Raises:
        NoEngine: there is no Docker, no Compose, or no engine behind them.
    """
    if shutil.which("docker") is None:
        raise NoEngine("there is no docker on the PATH")
    if not succeeds("docker", "version", "--format", "{{.Server.Version}}", patience=patience):
        raise NoEngine("Docker is here, but no container engine answers it")
    return Client(project_name(), compose_words(patience), environment or {})


def compose_words(patience: float = SECONDS) -> tuple[str, ...]:
    """`docker compose` where there is one, else its first version; raises NoEngine."""
    wanted = os.environ.get("SOUK_COMPOSE", "")
    choices = [("docker", "compose"), ("docker-compose",)]
    for words in [tuple(wanted.split())] if wanted else choices:
        if shutil.which(words[0]) and succeeds(*words, "version", patience=patience):
            return words
    raise NoEngine("Docker is here, but neither docker compose nor docker-compose")


def project_name(checkout: Path = CHECKOUT) -> str:
    """`COMPOSE_PROJECT_NAME`, or the folder's name as Compose makes it one."""
    name = os.environ.get("COMPOSE_PROJECT_NAME") or checkout.name
    return re.sub(r"[^-_a-z0-9]", "", name.lower()).lstrip("-_")


def succeeds(*words: str, patience: float = SECONDS) -> bool:
    """Whether a program ends well within `patience` seconds."""
    command: Sequence[str] = words
    try:
        done = subprocess.run(command, capture_output=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
