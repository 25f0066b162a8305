"""Runs the short-lived programs of a start (initdb, Kafka's format, migrations) so that none stays.

Called by the engines' `prepare` and by `up`. A program runs in a session of its own, away from the
terminal's Ctrl-C; when the caller is cancelled the program is killed with all its children.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from native.errors import StackError


class ChildFailed(StackError):
    """A program of the start ended with an error; the text is the end of what it said."""

    def __init__(self, command: Sequence[str], code: int, said: str) -> None:
        name = Path(command[0]).name
        super().__init__(f"{name} ended with {code}:\n{said[-2000:].strip()}")


async def run(
    command: Sequence[str],
    *,
    user: str | None = None,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: str | None = None,
) -> str:
    """Run `command`, feed it `given`, and return what it said.

    Raises:
        ChildFailed: it ended with another code than 0.
    """
    lines = [line async for line in spoken(command, user, directory, environment, given)]
    return "".join(lines)


async def spoken(
    command: Sequence[str],
    user: str | None = None,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: str | None = None,
) -> AsyncIterator[str]:
    """Run `command` and give each line that it says as it comes; raises `ChildFailed`."""
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=directory,
        env=None if environment is None else {**os.environ, **environment},
        start_new_session=True,
        user=user,
        group=_group(user),
        extra_groups=None if user is None else [],
    )
    try:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the pipes asked for are always there")
        child.stdin.write((given or "").encode())
        child.stdin.close()
        said = []
        async for line in child.stdout:
            said.append(line.decode(errors="replace"))
            yield said[-1]
        if await child.wait() != 0:
            raise ChildFailed(command, child.returncode or 0, "".join(said))
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()


def _group(user: str | None) -> int | None:
    import pwd

    return None if user is None else pwd.getpwnam(user).pw_gid
