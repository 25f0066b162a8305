"""Runs the programs that a delivery needs (docker, cosign, kubectl, git) and says why one failed.

Every module of this package calls them through here, so that each call has a limit in time and a
program that is not installed is named.
"""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from native.errors import StackError

SECONDS = 3600.0


class ProgramFailed(StackError):
    """A program is not here, took too long, or ended with an error."""


def call(
    command: Sequence[str],
    *,
    given: str | None = None,
    seconds: float = SECONDS,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What the program wrote to standard output; what it writes to standard error is heard.

    Raises:
        ProgramFailed: it is missing, took more than `seconds`, or ended with another code than 0.
    """
    try:
        done = subprocess.run(
            command,
            input=given,
            stdout=subprocess.PIPE,
            text=True,
            timeout=seconds,
            cwd=directory,
            env=environment,
            check=False,
        )
    except FileNotFoundError as missing:
        raise ProgramFailed(f"{command[0]} is not on the PATH") from missing
    except subprocess.TimeoutExpired as late:
        raise ProgramFailed(f"{' '.join(command[:3])} took over {seconds:.0f} s") from late
    if done.returncode:
        raise ProgramFailed(f"{' '.join(command[:4])} ended with {done.returncode}")
    return done.stdout
