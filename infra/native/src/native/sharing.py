"""A pytest plugin by which processes share a suite: each file of tests runs in one of them.

`./souk test` loads it (`-p native.sharing`) into all. They collect the same files, in whatever
order; each begins at another of them, goes round, and claims a file before it runs it. So nobody
has to guess how long a file takes, and neighbours mostly share their fixtures. What they collected
stays to the end, so the garbage collector need not go through it again and again.
"""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def pytest_addoption(parser: Any) -> None:
    """Where the claims are, and which of how many processes this is."""
    group = parser.getgroup("sharing")
    group.addoption("--claims", type=Path, required=True, help="a folder that is all processes'")
    group.addoption("--share", required=True, metavar="N/M", help="process N of M, from 0")


def pytest_collection() -> None:
    """Nothing becomes garbage while thousands of tests are read."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on the collector looks at what the tests themselves make."""
    gc.freeze()
    gc.enable()


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
    """The tests of one file after another that no other process has.

    What is to run `in_each_process` comes last, to judge what this process did.
    """
    files: dict[Path, list[Any]] = {}
    judges = []
    for item in session.items:
        if item.get_closest_marker("in_each_process"):
            judges.append(item)
        else:
            files.setdefault(item.path, []).append(item)
    option = session.config.option
    number, count = map(int, option.share.split("/"))
    paths, begin = sorted(files), len(files) * number // count
    for path in paths[begin:] + paths[:begin]:
        name = "+".join(path.relative_to(session.config.rootpath).parts)
        try:
            (option.claims / name).touch(exist_ok=False)
        except FileExistsError:
            continue
        yield from files[path]
    yield from judges
