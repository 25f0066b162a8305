"""The programs that only check what is under `infra/` and in the pipelines, brought on first use.

None of them is part of the shop. Python's are pinned in `infra/tools/requirements.lock` and have a
virtual environment of their own; Go's are built from the modules in `GO_TOOLS`. Both lie below the
folder of tools that all stacks share. `tests/infra` and the tools of native's suites ask here.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from native.errors import StackError
from native.place import CHECKOUT, Place

LOCK = CHECKOUT / "infra" / "tools" / "requirements.lock"
# Name of the program: the package to build, and its version.
GO_TOOLS: Mapping[str, tuple[str, str]] = {
    "actionlint": ("github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12"),
    "kustomize": ("sigs.k8s.io/kustomize/kustomize/v5", "v5.8.1"),
}
INSTALL_SECONDS = 900


class ToolMissing(StackError):
    """A program that checks is not here and cannot be brought; the text says why."""


def required() -> bool:
    """Whether nothing may be left out, as in the public pipeline; otherwise tests skip."""
    return os.environ.get("SOUK_INFRA_REQUIRED", "") not in {"", "0"}


def python_tool(name: str) -> Path:
    """A program of the second environment (`checkov`, or `python` itself to import a library).

    Raises:
        ToolMissing: the environment cannot be made, or the lock holds no such program.
    """
    with _one_at_a_time("python"):
        environment = _environment()
    return _present(environment / "bin" / name, f"{LOCK.name} brings no program {name}")


def go_tool(name: str) -> Path:
    """A program of `GO_TOOLS`, in a folder named for its version.

    Raises:
        ToolMissing: there is no Go, or the module cannot be built.
    """
    package, version = GO_TOOLS[name]
    folder = _folder() / "bin" / f"{name}@{version}"
    program = folder / name
    with _one_at_a_time(name):
        if not program.exists():
            settings = {"GOBIN": str(folder), "CGO_ENABLED": "0"}
            _run([_go(), "install", f"{package}@{version}"], settings)
    return _present(program, f"{package}@{version} builds no program {name}")


def go_build(folder: Path, package: str) -> Path:
    """A program built from the module in `folder`, whose go.sum pins all that it takes.

    Raises:
        ToolMissing: there is no Go, or it cannot be built.
    """
    name = package.rsplit("/", 1)[-1]
    pins = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(folder.rglob("*.*")))).hexdigest()
    program = _folder() / "bin" / f"{name}@{pins[:12]}" / name
    with _one_at_a_time(name):
        if not program.exists():
            build = [_go(), "build", "-C", str(folder), "-trimpath", "-tags", "remove_all_sd"]
            _run([*build, "-o", str(program), package], {"CGO_ENABLED": "0"})
    return _present(program, f"{package} builds no program {name}")


def go_module(module: str, version: str) -> Path:
    """The folder of a module's source, for the files in it that are no code.

    Raises:
        ToolMissing: there is no Go, or no such module.
    """
    said = _run([_go(), "mod", "download", "-json", f"{module}@{version}"], {})
    return Path(str(json.loads(said)["Dir"]))


def uv() -> str:
    """The uv that `./souk` itself installs with.

    Raises:
        ToolMissing: it is in neither of its places, nor on the PATH.
    """
    tools = Place.from_environment().tools
    for candidate in (tools / "bin" / "uv", tools / "uv" / "bin" / "uv"):
        if candidate.exists():
            return str(candidate)
    return _on_path("uv")


def _environment() -> Path:
    """The virtual environment, made anew whenever the lock has changed."""
    where, stamp = _folder() / "venv", _folder() / "stamp"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted and (where / "bin" / "python").exists():
        return where
    shutil.rmtree(where, ignore_errors=True)
    program = uv()
    _run([program, "venv", "-q", "--no-project", "--python", sys.executable, str(where)], {})
    install = [program, "pip", "install", "-q", "--require-hashes", "-r", str(LOCK)]
    _run(install, {"VIRTUAL_ENV": str(where)})
    stamp.write_text(wanted)
    return where


def _folder() -> Path:
    return Place.from_environment().tools / "infra"


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    """Two test processes that want the same tool install it once."""
    _folder().mkdir(parents=True, exist_ok=True)
    with (_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _go() -> str:
    return _on_path("go")


def _on_path(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise ToolMissing(f"{program} is not on the PATH")
    return found


def _present(program: Path, otherwise: str) -> Path:
    if not program.exists():
        raise ToolMissing(otherwise)
    return program


def _run(command: Sequence[str], settings: Mapping[str, str]) -> str:
    """What the program said; outside the checkout, so that no go.mod or pyproject.toml counts."""
    try:
        done = subprocess.run(
            command,
            cwd=_folder().parent,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise ToolMissing(f"{' '.join(command[:3])} took over {INSTALL_SECONDS} s") from late
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise ToolMissing(f"{' '.join(command[:3])}: {' '.join(told)[:400]}")
    return done.stdout
