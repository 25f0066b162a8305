"""Runs `painting.py` in a process of its own for each picture: implements the port `Painter`.

What decodes strangers' bytes has limits on time and memory, an empty environment and nobody's
secrets, and when it dies only the attempt is lost. The memory goes back with it.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process

from catalog.domain.media import NoPicture, Painted
from catalog.domain.pictures import Picture, Rendition

SECONDS = 60.0
_PROGRAM = ("-I", "-m", "catalog.adapters.painting")


class PainterDied(ConnectionError):
    """The process was killed or broke off; the attempt counts, and another may be made."""


class Painter:
    """One process at a time is enough: the worker checks one upload after the other."""

    def __init__(self, *, seconds: float = SECONDS, program: tuple[str, ...] = _PROGRAM) -> None:
        self._seconds = seconds
        self._program = program

    async def paint(self, data: bytes, content_type: str) -> Painted:
        """Returns the renditions; raises NoPicture, or PainterDied."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, *self._program, content_type, stdin=PIPE, stdout=PIPE, env={}
        )
        try:
            async with asyncio.timeout(self._seconds):
                out, _nothing = await process.communicate(data)
        except TimeoutError as late:
            raise PainterDied(f"no answer in {self._seconds} s") from late
        finally:
            await _ended(process)
        if process.returncode:
            raise PainterDied(f"it ended with {process.returncode}")
        return _painted(out)


async def _ended(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _painted(out: bytes) -> Painted:
    line, _newline, rest = out.partition(b"\n")
    said = json.loads(line)
    if "refused" in said:
        raise NoPicture(said["refused"])
    renditions = tuple(Rendition(**each) for each in said["picture"]["renditions"])
    files, start = {}, 0
    for name, size in said["sizes"].items():
        files[name] = rest[start : start + size]
        start += size
    return Painted(Picture(**{**said["picture"], "renditions": renditions}), files)
