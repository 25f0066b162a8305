"""The addresses of one stack's servers, as URLs that every client reads.

The process table hands them to the services, `up` uses them to make databases and topics, and the
record of a running stack carries them for the tests and the operator commands.
"""

from native.engines import documents
from native.ports import Ports
from native.process import HOST
from native.vault import Vault


def postgres_admin(ports: Ports, vault: Vault) -> str:
    """PostgreSQL's administrator, in its own database."""
    return f"postgresql://postgres:{vault.postgres}@{HOST}:{ports.of('postgres')}/postgres"


def database(service: str, ports: Ports, vault: Vault) -> str:
    """A service's own database, as its own role."""
    password = vault.roles[service]
    return f"postgresql://{service}:{password}@{HOST}:{ports.of('postgres')}/{service}"


def redis(ports: Ports) -> str:
    """Valkey's only database; every key begins with the name of its service."""
    return f"redis://{HOST}:{ports.of('valkey')}/0"


def kafka(ports: Ports) -> str:
    """Kafka's bootstrap server."""
    return f"{HOST}:{ports.of('kafka')}"


def mongo(ports: Ports) -> str:
    """The document server; `journal` makes a real MongoDB sync before it acknowledges."""
    return documents.url(ports)


def otlp(ports: Ports) -> str:
    """Where the tests collect spans, for `OTEL_EXPORTER_OTLP_ENDPOINT`."""
    return f"http://{HOST}:{ports.of('otlp')}"


def gateway(ports: Ports) -> str:
    """The shop's one public origin; its name is what the tokens carry as issuer."""
    return f"http://localhost:{ports.of('gateway')}"


def service(name: str, ports: Ports, replica: int = 0) -> str:
    """A service's own API, which only the gateway and the tests call."""
    return f"http://{HOST}:{ports.of(name, replica)}"
