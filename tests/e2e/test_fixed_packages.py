"""Each package that was chosen once and for all does its work where an order goes along.

The processes of orders and catalogue are replaced by the same programs under a witness, a customer
buys, and what the witness wrote down is the proof. Beside them there is no other HTTP server and no
other Kafka client: not in the lock, not in the sources, not in a running process.
"""

import ast
import asyncio
import json
import os
import re
import secrets
import signal
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from native.listening import listening
from native.place import CHECKOUT
from native.process import Process
from tests.e2e.processes import Processes
from tests.e2e.shop import SKU, Shop, eventually

FIXED = frozenset(
    {
        "fastapi",
        "uvicorn",
        "sqlalchemy",
        "asyncpg",
        "motor",
        "redis",
        "aiokafka",
        "python-jose",
        "opentelemetry-sdk",
        "sentry-sdk",
        "pytest",
    }
)
# The process in which it must be seen at work, and where in the package that work is.
WORK = (
    ("orders", "fastapi/routing.py"),
    ("orders", "uvicorn/protocols/http/"),
    ("orders", "sqlalchemy/dialects/postgresql/asyncpg.py"),
    ("orders", "asyncpg/prepared_stmt.py"),
    ("orders", "redis/asyncio/connection.py"),
    ("orders", "aiokafka/producer/"),
    ("orders", "aiokafka/consumer/"),
    ("orders", "jose/jws.py"),
    ("orders", "opentelemetry/sdk/trace/"),
    ("catalog", "motor/core.py"),
)
# Other HTTP servers and other Kafka clients, as they are called in a lock and in an import.
OTHERS = frozenset(
    {
        "aiohttp",
        "blacksheep",
        "bottle",
        "cherrypy",
        "confluent-kafka",
        "daphne",
        "django",
        "falcon",
        "faust",
        "faust-streaming",
        "flask",
        "granian",
        "gunicorn",
        "hypercorn",
        "kafka",
        "kafka-python",
        "kafka-python-ng",
        "litestar",
        "pykafka",
        "quart",
        "robyn",
        "sanic",
        "socketify",
        "tornado",
        "twisted",
        "waitress",
        "werkzeug",
    }
)

# What the tests' own tools bring along and the shop never imports: package and tool.
OF_A_TOOL = {"werkzeug": "schemathesis"}

TREES = ("libs", "services", "gateway", "infra")
Sight = dict[str, Any]


@asynccontextmanager
async def witnessed(process: Process, report: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program of a process under the witness, on its own port, ready and being watched."""
    command = [sys.executable, "-m", "tests.e2e.witness", process.command[-1], str(report)]
    environment = os.environ | dict(process.environment)
    with report.with_suffix(".log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log
        )
    try:
        yield child
        child.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.wait(), 20) == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


@pytest.fixture(scope="module")
async def seen(
    stack: Any, shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Sight]:
    """What each of the two processes did while a customer looked around and bought."""
    folder, processes = tmp_path_factory.mktemp("witness"), Processes.of(stack)
    names = ("orders", "catalog")
    async with processes.away(*names):
        reports = {name: folder / f"{name}.json" for name in names}
        async with (
            witnessed(processes.known("orders"), reports["orders"]) as orders,
            witnessed(processes.known("catalog"), reports["catalog"]) as catalog,
        ):
            await processes.until_ready(*names)
            for child in (orders, catalog):
                child.send_signal(signal.SIGPROF)
            await look_around_and_buy(shop)
    return {name: json.loads(report.read_text()) for name, report in reports.items()}


async def look_around_and_buy(shop: Shop) -> None:
    found = await shop.call("GET", f"/v1/products?q={secrets.token_hex(4)}")
    assert found.status_code == 200, found.text
    customer = await shop.sign_in("customer@souk.example")
    placed = await customer.order({SKU: 1})
    assert placed.status_code == 201, placed.text
    path = placed.headers["location"]

    async def status() -> str:
        return str((await customer.call("GET", path)).json()["status"])

    await eventually(status, lambda now: now == "confirmed", 30)


@pytest.mark.parametrize(("process", "place"), WORK)
async def test_it_does_its_work_while_a_customer_buys(
    seen: Mapping[str, Sight], process: str, place: str
) -> None:
    calls = seen[process]["calls"]
    assert sum(number for name, number in calls.items() if name.startswith(place)) > 0


async def test_no_process_has_another_server_or_kafka_client_loaded(
    seen: Mapping[str, Sight],
) -> None:
    for sight in seen.values():
        assert OTHERS & {name.replace("_", "-") for name in sight["modules"]} == set()


async def test_sentry_hears_of_a_process_that_fails(stack: Any, tmp_path: Path) -> None:
    heard: list[bytes] = []
    orders = Processes.of(stack).known("orders")
    url = re.sub(r":[^:@]+@", ":wrong@", orders.environment["SOUK_DATABASE_URL"])
    with listening(0, lambda _path, body: heard.append(body)) as port:
        told = {
            "SOUK_PORT": "0",
            "SOUK_DATABASE_URL": url,
            "SENTRY_DSN": f"http://key@127.0.0.1:{port}/1",
        }
        child = await asyncio.create_subprocess_exec(
            *orders.command,
            env=os.environ | dict(orders.environment) | told,
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert await asyncio.wait_for(child.wait(), 60) == 1
    report = b"".join(heard).decode()
    assert "InvalidPasswordError" in report
    assert "sentry.python" in report


def test_this_is_run_by_pytest_as_every_suite_is(request: pytest.FixtureRequest) -> None:
    assert request.session.config.pluginmanager.hasplugin("asyncio")


def names_in_lock() -> set[str]:
    """What is installed, as it is called on an index."""
    lock = (CHECKOUT / "requirements.lock").read_text()
    return set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))


def brought_by(name: str) -> str:
    """The one package that wants this one; all of them, when there are more."""
    lock = (CHECKOUT / "requirements.lock").read_text()
    found = re.search(rf"^{name}==[^#]+# via((?:\n? +(?:# +)?\S.*)+)", lock, re.MULTILINE)
    return "" if found is None else " ".join(re.findall(r"[\w.-]+", found[1]))


def names_asked_for() -> set[str]:
    """What the members and the root say that they need themselves."""
    wanted: list[str] = []
    members = [path for depth in ("*", "*/*") for path in CHECKOUT.glob(f"{depth}/pyproject.toml")]
    for path in [CHECKOUT / "pyproject.toml", *members]:
        project = tomllib.loads(path.read_text())
        wanted += project.get("project", {}).get("dependencies", [])
        wanted += project.get("dependency-groups", {}).get("dev", [])
    return {re.split(r"[\[<>=;~ ]", name)[0].lower() for name in wanted}


def imported(path: Path) -> Iterator[str]:
    """The top names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_each_is_asked_for_by_name_and_locked() -> None:
    assert names_in_lock() >= FIXED
    assert names_asked_for() >= FIXED


def test_no_other_server_or_kafka_client_is_installed_or_imported() -> None:
    assert names_in_lock() & OTHERS == OF_A_TOOL.keys()
    assert {name: brought_by(name) for name in OF_A_TOOL} == OF_A_TOOL
    for path in [path for tree in TREES for path in (CHECKOUT / tree).rglob("src/**/*.py")]:
        assert OTHERS & {name.replace("_", "-") for name in imported(path)} == set(), path
