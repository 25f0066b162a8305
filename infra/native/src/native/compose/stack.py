"""The stack in containers as every other command knows stacks: a place and a record.

`cli` calls `take_over` before a command that works on a running shop, so that import, replay,
verify, dlq and keys find a record in their place as they do natively.
"""

import io
import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path

from native import record
from native.compose.client import Client, DockerFailed, find
from native.compose.containers import Container, containers, port_base
from native.options import Options
from native.place import Place
from native.record import Record
from native.shop.session import NothingRuns
from native.vault import Vault

HOME = "compose"
NOTHING = "no shop runs in containers here; ./souk --compose up starts one"


def place() -> Place:
    """The home of what the commands keep about the stack: its record, and copies of its mails."""
    own = Place.from_environment()
    return own if own.home.name == HOME else replace(own, home=own.home / HOME)


def take_over() -> Record:
    """Write the record of the stack that runs, and make its place this command's.

    Raises:
        NothingRuns: no container of its gateway is there.
    """
    here = place()
    os.environ["SOUK_HOME"] = str(here.home)
    here.make()
    kept = describe(find(), here)
    record.write(here, kept)
    return kept


def describe(client: Client, here: Place) -> Record:
    """The record of the project's containers; raises NothingRuns."""
    found = containers(client)
    if "gateway" not in found or found["gateway"].state == "exited":
        raise NothingRuns(NOTHING)
    vault = secrets(client, found["secrets"])
    options = Options(port_base(found))
    return replace(record.describe(here, options, vault), containers=client.project)


def secrets(client: Client, maker: Container) -> Vault:
    """The operator's secrets, from the volume of the container that made them."""
    archive = copy(client, maker, "/secrets/operator/secrets.json")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        file = files.extractfile("secrets.json")
        if file is None:
            raise DockerFailed("the secrets of this stack are no file")
        return Vault(**json.loads(file.read()))


def fetch_mails(client: Client, mailbox: Container, folder: Path) -> None:
    """Copy the mails out of the mailbox's volume, in place of those copied before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(copy(client, mailbox, "/data/."))) as files:
        for member in files.getmembers():
            content = files.extractfile(member) if member.name.endswith(".eml") else None
            if content is not None:
                (folder / Path(member.name).name).write_bytes(content.read())


def copy(client: Client, source: Container, path: str) -> bytes:
    """A file or folder of a container as a tar archive, whether it runs or not."""
    command = ["docker", "cp", f"{source.id}:{path}", "-"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise DockerFailed(f"{client.project}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
