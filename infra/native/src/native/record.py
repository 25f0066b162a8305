"""The record of a running stack: what `up` started, for every later command and for the tests.

It lies in the home as `stack.json`, readable by its owner alone since it has the passwords of a
stack on one machine. `SOUK_TEST_STACK` names such a file when `./souk test` starts pytest.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from native import addresses
from native.options import Options
from native.place import Place, write_private
from native.ports import Ports
from native.vault import Vault


@dataclass(frozen=True, slots=True)
class Record:
    """Addresses and shape of one stack."""

    home: str
    port_base: int
    replicas: dict[str, int]
    engines_only: bool
    throwaway: bool
    gateway_url: str
    mailbox_url: str
    postgres_admin_dsn: str
    databases: dict[str, str]
    redis_url: str
    kafka_bootstrap: str
    mongo_url: str
    operator_jwk: dict[str, str]
    watchers: dict[str, str] = field(default_factory=dict)
    # The name of Compose's project, where the stack runs in containers.
    containers: str = ""

    @property
    def options(self) -> Options:
        """The options that this stack was started with."""
        return Options(
            self.port_base, self.replicas, self.engines_only, self.throwaway, self.watchers
        )


def describe(place: Place, options: Options, vault: Vault) -> Record:
    """The record of a stack of this shape."""
    ports = Ports(options.port_base)
    return Record(
        home=str(place.home),
        port_base=options.port_base,
        replicas=dict(options.replicas),
        engines_only=options.engines_only,
        throwaway=options.throwaway,
        gateway_url=addresses.gateway(ports),
        mailbox_url=addresses.service("mailbox", ports),
        postgres_admin_dsn=addresses.postgres_admin(ports, vault),
        databases={name: addresses.database(name, ports, vault) for name in vault.roles},
        redis_url=addresses.redis(ports),
        kafka_bootstrap=addresses.kafka(ports),
        mongo_url=addresses.mongo(ports),
        operator_jwk=vault.operator_jwk,
        watchers=dict(options.watchers),
    )


def write(place: Place, record: Record) -> None:
    """Keep the record in the home."""
    write_private(place.record, json.dumps(asdict(record), indent=1))


def read(path: Path) -> Record | None:
    """The record at `path`, if there is one."""
    if not path.exists():
        return None
    values: dict[str, Any] = json.loads(path.read_text())
    return Record(**values)
