"""The one table of processes: name, command, environment, ports, readiness and order.

Everything that starts, stops, shows or checks processes reads it. Stage 0 are the servers, 1 the
mailbox and the console, 2 the services, 3 the gateway; a start goes upwards, a stop downwards.
"""

import json
import sys

from native import addresses
from native.engines import documents, kafka, postgres, valkey
from native.options import COLLECTOR, ENGINES, SAMPLE, SERVICES, Options
from native.place import Place
from native.ports import Ports
from native.process import HOST, Process, answers_http
from native.vault import Vault

AUDIENCE = "souk"
MAIL_FROM = "Souk <shop@souk.example>"
RESERVATION_SECONDS = 900
WITH_DATABASE = frozenset(SERVICES) - {"catalog"}
WITH_MAIL = frozenset({"auth", "notifications"})


def processes(place: Place, options: Options, vault: Vault) -> list[Process]:
    """Every process of this stack, in the order of their start."""
    ports = Ports(options.port_base)
    engines = [
        postgres.process(place, ports, throwaway=options.throwaway),
        valkey.process(place, ports),
        kafka.process(place, ports),
        documents.process(place, ports),
    ]
    if options.engines_only:
        return engines
    services = [
        _service(name, replica, options, vault)
        for name in SERVICES
        for replica in range(options.count(name))
    ]
    helpers = [_mailbox(place, ports), _console(place, options)]
    return [*engines, *helpers, *services, _gateway(options)]


def replica_name(service: str, replica: int) -> str:
    """The first process carries the service's name; the second is `orders-2`."""
    return service if replica == 0 else f"{service}-{replica + 1}"


def _mailbox(place: Place, ports: Ports) -> Process:
    port, smtp = ports.of("mailbox"), ports.of("smtp")
    program = (sys.executable, "-m", "native.mailbox.main")
    return Process(
        name="mailbox",
        command=(*program, str(place.mail), str(port), str(smtp)),
        port=port,
        more_ports=(smtp,),
        probe=answers_http,
        stage=1,
        environment=LEAN_PYTHON,
    )


def _console(place: Place, options: Options) -> Process:
    port = options.seen_by("console").of("console")
    environment = _common("console", options) | {
        "SOUK_PORT": str(port),
        "SOUK_HOME": str(place.home),
        "SOUK_TOOLS": str(place.tools),
        # It is asked every few seconds by whoever watches, and told spans by all.
        "SOUK_ACCESS_LOG_SAMPLE": "0",
        **{name: url for name, url in options.watchers.items() if name == "SENTRY_DSN"},
    }
    if collector := options.watchers.get(COLLECTOR):
        environment["SOUK_CONSOLE_FORWARD"] = collector
    return Process(
        name="console",
        command=(sys.executable, "-m", "native.console.main"),
        port=port,
        probe=answers_http,
        stage=1,
        environment=environment,
    )


def _watching(options: Options) -> dict[str, str]:
    """Spans go to the console, which hands them on to a collector where one was named.

    Metrics and logs are for the collector alone. Of reads a hundredth is traced and what somebody
    tries out by hand, of orders the first 25 of each second (docs/adr/0046).
    """
    return {
        COLLECTOR: addresses.service("console", options.seen_by("*")),
        "SOUK_OTLP_SIGNALS": "traces,metrics,logs" if COLLECTOR in options.watchers else "traces",
        SAMPLE: options.watchers.get(SAMPLE, "0.01"),
        # The SDK's own setting: milliseconds until what was recorded is sent.
        "OTEL_BSP_SCHEDULE_DELAY": "2000",
        **{name: url for name, url in options.watchers.items() if name == "SENTRY_DSN"},
    }


# glibc gives every thread an arena of its own; two are enough here and save memory.
LEAN_PYTHON = {"MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}

# Requests / seconds. All callers of this stack share one address, and replays of the whole shop
# come from it, so the gateway's own limits, which are for strangers, would stop them.
RATE_LIMITS = {
    "read": {"anonymous": "3000000/60", "customer": "1200000/60", "machine": "6000000/60"},
    "write": {"anonymous": "1200000/60", "customer": "600000/60", "machine": "6000000/60"},
    "token": {"anonymous": "120000/60", "customer": "120000/60", "machine": "120000/60"},
    "register": {"anonymous": "6000/60", "customer": "6000/60", "machine": "6000/60"},
    "sign_in": {"anonymous": "600/60", "customer": "600/60"},
    "mail": {"anonymous": "600/60", "customer": "600/60"},
}


def _service(name: str, replica: int, options: Options, vault: Vault) -> Process:
    ports = Ports(options.port_base)
    port = ports.of(name, replica)
    return Process(
        name=replica_name(name, replica),
        command=(sys.executable, "-m", f"{name}.main"),
        port=port,
        probe=answers_http,
        stage=2,
        environment=service_environment(name, options, vault)
        | {"SOUK_PORT": str(port), **_watching(options), **options.environment},
    )


def _common(name: str, options: Options) -> dict[str, str]:
    ports = options.seen_by(name)
    auth = [addresses.service("auth", ports, n) for n in range(options.count("auth"))]
    return LEAN_PYTHON | {
        "SOUK_ENVIRONMENT": "development",
        "SOUK_HOST": HOST,
        "SOUK_LOG_FORMAT": "json",
        "SOUK_ISSUER": addresses.gateway(ports),
        "SOUK_AUDIENCE": AUDIENCE,
        "SOUK_JWKS_URL": ",".join(f"{url}/.well-known/jwks.json" for url in auth),
        "SOUK_KAFKA_BOOTSTRAP": addresses.kafka(ports),
        "SOUK_REDIS_URL": addresses.redis(ports),
    }


def service_environment(name: str, options: Options, vault: Vault) -> dict[str, str]:
    """What a service reads from its environment; each gets no more than it needs."""
    ports = options.seen_by(name)
    environment = _common(name, options)
    if name in WITH_DATABASE:
        environment["SOUK_DATABASE_URL"] = addresses.database(name, ports, vault)
    if name in WITH_MAIL:
        smtp = {"SOUK_SMTP_HOST": HOST, "SOUK_SMTP_PORT": str(ports.of("smtp"))}
        environment |= smtp | {"SOUK_MAIL_FROM": MAIL_FROM}
    return environment | _special(name, ports, vault)


def _special(name: str, ports: Ports, vault: Vault) -> dict[str, str]:
    match name:
        case "auth":
            key = json.dumps(vault.operator_public_jwk, separators=(",", ":"))
            return {"SOUK_SEED_DEMO": "true", "SOUK_OPERATOR_JWK": key}
        case "catalog":
            return {
                "SOUK_MONGO_URL": addresses.mongo(ports),
                "SOUK_MONGO_DATABASE": "catalog",
                "SOUK_MEDIA_FOLDER": str(Place.from_environment().media),
                "SOUK_MEDIA_SIGNING_KEY": vault.media_key,
            }
        case "inventory":
            return {"SOUK_RESERVATION_SECONDS": str(RESERVATION_SECONDS)}
        case "payments":
            return {"SOUK_PROVIDER_WEBHOOK_SECRET": vault.webhook_secret}
        case "notifications":
            # So that a webhook can be tried out with a receiver on this machine.
            return {"SOUK_WEBHOOK_NETWORKS": '["127.0.0.0/8", "::1/128"]'}
    return {}


def _gateway(options: Options) -> Process:
    ports = options.seen_by("gateway")
    upstreams = {
        name: [addresses.service(name, ports, n) for n in range(options.count(name))]
        for name in SERVICES
    }
    upstreams["console"] = [addresses.service("console", ports)]
    port = ports.of("gateway")
    return Process(
        name="gateway",
        command=(sys.executable, "-m", "gateway.main"),
        port=port,
        probe=answers_http,
        stage=3,
        environment=_common("gateway", options)
        | {
            "SOUK_PORT": str(port),
            "SOUK_UPSTREAMS": json.dumps(upstreams, separators=(",", ":")),
            "SOUK_RATE_LIMITS": json.dumps(RATE_LIMITS, separators=(",", ":")),
            "SOUK_MAILBOX_URL": addresses.service("mailbox", ports),
            "SOUK_TRACE_PER_SECOND": "5",
            **_watching(options),
            **options.environment,
        },
    )


def is_engine(name: str) -> bool:
    """Whether this is one of the four servers."""
    return name in ENGINES
