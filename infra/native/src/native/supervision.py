"""Writes the supervisor's configuration from the process table.

`keeper.py` calls `render`. Nothing starts by itself: `up` starts each process in its turn. The
supervisor restarts what crashes, sends each process its own stop signal and keeps its log small.
"""

import os
import shlex
from collections.abc import Iterable
from typing import Any

from native.place import Place
from native.process import Process


def render(place: Place, processes: Iterable[Process]) -> str:
    """The supervisor's configuration: one section for each process, none started by itself."""
    head: dict[str, dict[str, Any]] = {
        "unix_http_server": {"file": place.socket, "chmod": "0700"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
        "supervisord": {
            "nodaemon": "true",
            "silent": "true",
            "pidfile": place.run / "supervisor.pid",
            "logfile": place.logs / "supervisor.log",
            "loglevel": "warn",
            "minfds": "1024",
            "nocleanup": "true",
        },
    }
    if os.geteuid() == 0:
        head["supervisord"]["user"] = "root"  # it asks to be told that this is meant
    sections = head | {f"program:{p.name}": _program(place, p) for p in processes}
    return "\n".join(_section(name, values) for name, values in sections.items())


def _program(place: Place, process: Process) -> dict[str, Any]:
    environment = ",".join(f"{k}={_quoted(v)}" for k, v in process.environment.items())
    return {
        "command": shlex.join(process.command),
        "environment": environment,
        "directory": place.home if process.user is None else "/",
        "user": process.user,
        "autostart": "false",
        "autorestart": "true",
        "startsecs": "1",
        "startretries": "3",
        "stopsignal": process.stop_signal,
        "stopwaitsecs": process.stop_seconds,
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": place.logs / f"{process.name}.log",
        "stdout_logfile_maxbytes": "20MB",
        "stdout_logfile_backups": "1",
    }


def _quoted(value: str) -> str:
    if "'" in value or "\n" in value:
        raise ValueError("a single quote cannot be written into the supervisor's configuration")
    return f"'{value}'"


def _section(name: str, values: dict[str, Any]) -> str:
    lines = [f"{k}={str(v).replace('%', '%%')}" for k, v in values.items() if v not in (None, "")]
    return f"[{name}]\n" + "\n".join(lines) + "\n"
