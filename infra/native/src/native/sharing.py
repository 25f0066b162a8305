"""A pytest plugin by which two processes share a suite: each file of tests runs in one of them.

`./souk test` loads it (`-p native.sharing`) into both. They collect the same files; one goes
through them from the front, the other from the back, and each claims a file before it runs it.
When they meet, all is done: nobody has to guess how long a file takes, and neighbours share their
fixtures.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any


def pytest_addoption(parser: Any) -> None:
    """Where the claims are, and at which end this process begins."""
    group = parser.getgroup("sharing")
    group.addoption("--claims", type=Path, required=True, help="a folder of both processes' own")
    group.addoption("--from-the-back", action="store_true", help="begin with the last file")


def pytest_runtestloop(session: Any) -> bool | None:
    """Run what this process gets; a session whose files cannot be read is left to pytest."""
    if session.testsfailed or session.config.option.collectonly:
        return None
    items = _claimed(session)
    item = next(items, None)
    while item is not None:
        # What comes next tells pytest which fixtures to keep, so it is claimed beforehand.
        following = next(items, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True


def _claimed(session: Any) -> Iterator[Any]:
    """The tests of one file after another, until one is met that the other process has."""
    files: dict[Path, list[Any]] = {}
    for item in session.items:
        files.setdefault(item.path, []).append(item)
    option = session.config.option
    for path in reversed(files) if option.from_the_back else iter(files):
        name = "+".join(path.relative_to(session.config.rootpath).parts)
        try:
            (option.claims / name).touch(exist_ok=False)
        except FileExistsError:
            return
        yield from files[path]
