"""Puts the function's code together: its handler, what it needs of the catalogue, and Pillow.

`app.py` calls it before it synthesises. Which modules are needed is found by following imports, so
it cannot be forgotten; Pillow comes in the version of requirements.lock with its hashes checked, as
the wheel that Amazon's runtime wants, whatever machine this is.
"""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CATALOG = ROOT / "services" / "catalog" / "src"
HANDLER = ROOT / "infra" / "aws" / "function" / "handler.py"
PACKAGES = ("pillow",)
PLATFORM = "x86_64-manylinux_2_28"


def assemble(folder: Path, *, python: str, uv: str) -> Path:
    """Fills `folder` for Lambda's Python `python`, as `3.13`; one that is full is left alone."""
    wanted = "\n".join([python, PLATFORM, _locked(), *_texts()])
    stamp = folder.with_suffix(".stamp")
    if folder.exists() and stamp.exists() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _install(folder, python, uv)
    for path in modules():
        target = folder / path.relative_to(CATALOG)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    shutil.copyfile(HANDLER, folder / HANDLER.name)
    stamp.write_text(wanted)
    return folder


def modules() -> list[Path]:
    """Returns the catalogue's files that the handler imports, directly or by way of another."""
    found: dict[Path, None] = {}
    waiting = [HANDLER]
    while waiting:
        for path in _imported(waiting.pop()):
            if path not in found:
                found[path] = None
                waiting.append(path)
    return sorted(found)


def _imported(path: Path) -> list[Path]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    strange = [name for name in names if name.split(".")[0] == "chassis"]
    if strange:
        raise ImportError(f"{path} brings {strange[0]} into the function, which has no chassis")
    return [file for name in names if name.split(".")[0] == "catalog" for file in _files(name)]


def _files(module: str) -> list[Path]:
    """A module's file, and those of the packages above it."""
    parts = module.split(".")
    packages = [CATALOG.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    own = CATALOG.joinpath(*parts).with_suffix(".py")
    return [path for path in (*packages, own) if path.is_file()]


def _locked() -> str:
    """Returns the lines of requirements.lock about the packages, hashes and all."""
    lock = (ROOT / "requirements.lock").read_text()
    found = [re.search(rf"(?m)^{name}==(?:.|\n)*?(?=^\S)", lock) for name in PACKAGES]
    return "".join(match[0] for match in found if match)


def _texts() -> list[str]:
    return [path.read_text() for path in (*modules(), HANDLER)]


def _install(folder: Path, python: str, uv: str) -> None:
    requirements = folder.with_suffix(".txt")
    requirements.write_text(re.sub(r"(?m)^ +# .*\n", "", _locked()))
    command = [uv, "pip", "install", "-q", "--target", str(folder), "--require-hashes", "--no-deps"]
    command += ["--only-binary", ":all:", "--python-platform", PLATFORM]
    command += ["--python-version", python, "--python", sys.executable]
    subprocess.run([*command, "-r", str(requirements)], check=True)  # noqa: S603
    shutil.rmtree(folder / "bin", ignore_errors=True)
