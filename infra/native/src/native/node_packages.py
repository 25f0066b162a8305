"""Packages of npm, installed as a lock file says, for tools that are no part of the shop.

Newman (`native.postman.run`) and the page that draws dashboards (`native.dashboards`) come this
way, each into a folder of its own among the tools. No package's own scripts are run.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from native.errors import StackError

INSTALL_SECONDS = 180
_NAMES = ("package.json", "package-lock.json")


class NoPackages(StackError):
    """They cannot be had on this machine; says why."""


def node() -> str:
    """The program Node.js, which comes with npm. Raises NoPackages."""
    return _programs()[0]


def installed(pinned: Path, home: Path, seconds: float = INSTALL_SECONDS) -> Path:
    """The folder `node_modules` in `home`, as `pinned` has its lock file. Raises NoPackages."""
    npm = _programs()[1]
    lock, modules = home / "package-lock.json", home / "node_modules"
    wanted = (pinned / "package-lock.json").read_bytes()
    if not modules.exists() or not lock.exists() or lock.read_bytes() != wanted:
        _install(npm, home, pinned, seconds)
    return modules


def _programs() -> tuple[str, str]:
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        raise NoPackages("there is no Node.js with npm")
    return found, npm


def _install(npm: str, home: Path, pinned: Path, seconds: float) -> None:
    """Puts them there as a whole or not at all."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as draft:
        for name in _NAMES:
            shutil.copy(pinned / name, draft)
        words = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run(
                words, cwd=draft, capture_output=True, text=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise NoPackages("npm did not install it in time") from None
        if done.returncode != 0:
            raise NoPackages(f"npm did not install it: {done.stderr.strip()[-300:]}")
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(draft, home, symlinks=True)
