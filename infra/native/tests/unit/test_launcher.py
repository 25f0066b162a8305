"""Which Python `./souk` makes its environment of.

The interpreters are scripts that answer what the launcher asks, and say their name when they are
told to make an environment; then they fail, so that nothing is installed.
"""

import os
import subprocess
from pathlib import Path

import pytest

SOUK = Path(__file__).parents[4] / "souk"


class Pythons:
    """A folder at the head of PATH with interpreters of our own making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()

    def add(self, name: str, *, usable: bool = True, optimised: bool) -> Path:
        """Puts an interpreter there."""
        path = self.folder / "bin" / name
        path.write_text(
            "#!/bin/sh\n"
            'case "$*" in\n'
            f"*ensurepip*) exit {int(not usable)} ;;\n"
            f"*sysconfig*) exit {int(not optimised)} ;;\n"
            f"*) echo chose {name} && exit 1 ;;\n"
            "esac\n"
        )
        path.chmod(0o755)
        return path

    def chosen(self, **environment: str) -> str:
        """What the launcher said when it stopped."""
        done = subprocess.run(
            [SOUK, "doctor"],
            env={
                "PATH": f"{self.folder / 'bin'}:{os.defpath}",
                "HOME": str(self.folder),
                "SOUK_TOOLS": str(self.folder / "tools"),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert done.returncode == 1
        return done.stderr


@pytest.fixture
def pythons(tmp_path: Path) -> Pythons:
    return Pythons(tmp_path)


def test_an_optimised_interpreter_goes_before_the_one_that_path_names_first(
    pythons: Pythons,
) -> None:
    pythons.add("python3", optimised=False)
    pythons.add("python3.11", optimised=True)
    assert "chose python3.11" in pythons.chosen()


def test_among_optimised_interpreters_the_one_that_path_names_first_is_taken(
    pythons: Pythons,
) -> None:
    pythons.add("python3", optimised=True)
    pythons.add("python3.11", optimised=True)
    assert "chose python3\n" in pythons.chosen()


def test_an_interpreter_that_can_make_no_environment_is_left_out(pythons: Pythons) -> None:
    pythons.add("python3", usable=False, optimised=True)
    pythons.add("python3.11", optimised=True)
    assert "chose python3.11" in pythons.chosen()


def test_the_interpreter_that_somebody_names_is_taken_as_it_is(pythons: Pythons) -> None:
    pythons.add("python3", optimised=True)
    mine = pythons.add("mine", optimised=False)
    assert "chose mine" in pythons.chosen(SOUK_PYTHON=str(mine))


def test_a_named_interpreter_that_is_of_no_use_is_refused(pythons: Pythons) -> None:
    mine = pythons.add("mine", usable=False, optimised=True)
    assert "Python 3.11 or newer is needed" in pythons.chosen(SOUK_PYTHON=str(mine))
