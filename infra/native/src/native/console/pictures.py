"""Makes the pictures of the console that the README shows, from a shop that runs.

`python -m native.console.pictures` buys a little, so that there is something to see, signs in as
the admin in a headless Chromium (`SOUK_CHROMIUM` names another program), and writes
docs/pictures/console-*.png: PNG with a palette, since they stay in the repository for good.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from native.bench.client import Connection
from native.bench.orders.crowd import Crowd
from native.commands.up import DEMO_PASSWORD
from native.errors import StackError
from native.place import CHECKOUT
from native.shop.session import open_session, running_stack

FOLDER = CHECKOUT / "docs" / "pictures"
ADMIN = "admin@souk.example"
WIDE, HIGH = 1240, 900
_ORDERS = 60
_SECONDS = 40


async def make(folder: Path = FOLDER) -> list[Path]:
    """Write the pictures; gives their paths. Raises StackError where nothing runs."""
    found = running_stack()
    async with browsing() as browser, open_session(found) as session:
        pages = {}
        for scheme in ("light", "dark"):
            context = await browser.new_context(
                viewport={"width": WIDE, "height": HIGH}, color_scheme=scheme
            )
            pages[scheme] = await context.new_page()
            await sign_in(pages[scheme], found.gateway_url, ADMIN)
        await _buy(await Crowd.gather(session, _ORDERS), found.gateway_url)
        return [*await _both(pages, folder)]


async def _both(pages: dict[str, Any], folder: Path) -> list[Path]:
    made = []
    for scheme, page in pages.items():
        board, trace = folder / f"console-{scheme}.png", folder / f"trace-{scheme}.png"
        await page.evaluate("scrollTo(0, 0)")
        await page.screenshot(path=board)
        await page.locator("#orders a").first.click()
        await page.locator("#waterfall tbody tr").nth(10).wait_for()
        await page.locator("#trace").screenshot(path=trace)
        made += [board, trace]
    for path in made:
        _with_a_palette(path)
    return made


async def _buy(crowd: Crowd, origin: str) -> None:
    """Some orders, a few a second, so that the curves have something to tell."""
    connection = await Connection.open(origin)
    for number in range(_ORDERS):
        await crowd.order(connection, await crowd.fill(connection))
        await asyncio.sleep(_SECONDS / _ORDERS * (0.4 + number % 4 * 0.4))
    await asyncio.sleep(5)
    connection.close()


async def sign_in(page: Any, origin: str, email: str) -> None:
    """Sign in to the console as a person does, and wait until it shows something."""
    await page.goto(f"{origin}/console")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.locator("#processes tbody tr").first.wait_for()


@asynccontextmanager
async def browsing() -> AsyncIterator[Any]:
    """A headless Chromium. Raises StackError where there is none."""
    from playwright.async_api import async_playwright

    program = os.environ.get("SOUK_CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise StackError("pictures need Chromium: install it, or name it in SOUK_CHROMIUM")
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


def _with_a_palette(path: Path) -> None:
    """A third of the size, and nobody sees a difference."""
    from PIL import Image

    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        for one in asyncio.run(make()):
            sys.stdout.write(f"{one} {one.stat().st_size / 1024:.0f} KiB\n")
    except StackError as problem:
        sys.exit(f"souk: {problem}")
