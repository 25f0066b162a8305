"""The painter's process: the same pictures as within, and its death is only an attempt lost."""

import os
import sys

import pytest

from catalog.adapters.painter import Painter, PainterDied
from catalog.adapters.painting import paint
from catalog.domain.media import NoPicture
from catalog.testing_media import picture_bytes

SHOWS_ITS_SECRETS = "import json, os; print(json.dumps({'refused': ' '.join(sorted(os.environ))}))"
EATS = "from catalog.adapters.painting import limit_resources as limit; limit(); bytes(2 << 30)"


async def test_a_picture_is_painted_in_a_process_of_its_own() -> None:
    data = picture_bytes(1200, 800, "JPEG")
    assert await Painter().paint(data, "image/jpeg") == paint(data, "image/jpeg")


async def test_the_reason_of_a_refusal_comes_through() -> None:
    with pytest.raises(NoPicture, match="no JPEG, PNG or WebP"):
        await Painter().paint(b"<svg/>", "image/png")


async def test_the_largest_picture_fits_into_the_limits_of_the_process() -> None:
    data = picture_bytes(5000, 5000, "PNG", mode="RGBA")
    painted = await Painter().paint(data, "image/png")
    assert painted.picture.renditions[-1].width == 1920


async def test_it_sees_nothing_of_our_environment() -> None:
    assert len(os.environ) > 3
    # glibc and Python may set a word about the locale.
    with pytest.raises(NoPicture, match=r"^(LC_CTYPE)?$"):
        await Painter(program=("-c", SHOWS_ITS_SECRETS)).paint(b"", "image/png")


@pytest.mark.parametrize("program", ["import os; os.abort()", "raise SystemExit(3)"])
async def test_a_process_that_dies_is_told_from_a_bad_picture(program: str) -> None:
    with pytest.raises(PainterDied, match="ended with"):
        await Painter(program=("-c", program)).paint(b"data", "image/png")


async def test_a_process_that_hangs_is_killed() -> None:
    hanging = Painter(seconds=0.5, program=("-c", "import time; time.sleep(60)"))
    with pytest.raises(PainterDied, match=r"no answer in 0\.5 s"):
        await hanging.paint(b"data", "image/png")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS limits no process's memory")
async def test_a_process_that_wants_too_much_memory_ends() -> None:
    with pytest.raises(PainterDied, match="ended with 1"):
        await Painter(program=("-c", EATS)).paint(b"", "image/png")
