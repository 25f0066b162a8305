"""Has Chromium draw a dashboard with Grafana's own components, and keeps the picture.

The page is infra/observability/pictures/page.jsx; its packages are installed as the lock file
beside it says, and esbuild makes one script of them. A panel that the page did not draw is an
error that names it. `pictures.py` calls it.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from native.dashboards.asking import Span
from native.dashboards.panels import CannotDraw, Json
from native.node_packages import NoPackages, installed, node
from native.place import CHECKOUT

PINNED = CHECKOUT / "infra" / "observability" / "pictures"
# Grafana's components take some hundred packages with them.
INSTALL_SECONDS, BUNDLE_SECONDS, DRAW_MS, SETTLE_MS = 900, 300, 120_000, 1_000
COLOURS = 256
WIDE, HIGH = 1240, 1000


def bundled(tools: Path) -> str:
    """The page's script with all that it takes. Raises NoPackages where they cannot be had."""
    modules = installed(PINNED, tools / "dashboards", INSTALL_SECONDS)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "page.js"
        words = [node(), str(modules / "esbuild" / "bin" / "esbuild"), str(PINNED / "page.jsx")]
        words += ["--bundle", "--minify", "--format=iife", f"--outfile={made}", "--log-level=error"]
        words += ['--define:process.env.NODE_ENV="production"', "--loader:.ttf=empty"]
        words += ["--loader:.css=text", "--loader:.woff2=dataurl"]
        done = subprocess.run(
            words,
            env={**os.environ, "NODE_PATH": str(modules)},
            capture_output=True,
            text=True,
            timeout=BUNDLE_SECONDS,
            check=False,
        )
        if done.returncode:
            raise NoPackages(f"esbuild made no page: {done.stderr.strip()[:600]}")
        return made.read_text(encoding="utf-8")


def given(
    dashboard: Json,
    answers: Mapping[str, Any],
    lines: Mapping[str, list[str]],
    span: Span,
    scheme: str,
) -> dict[str, Any]:
    """What the page is handed."""
    times = {"from": span.begin, "to": span.end, "step": span.step}
    told = {"dashboard": dashboard, "answers": answers, "lines": lines}
    return {**told, "range": times, "mode": scheme}


async def draw(browser: Any, script: str, told: Mapping[str, Any], path: Path) -> None:
    """Writes the picture of one dashboard. Raises CannotDraw with the panels that are missing."""
    page = await browser.new_page(viewport={"width": WIDE, "height": HIGH})
    try:
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto((PINNED / "page.html").as_uri())
        await page.evaluate("given => { window.given = given }", told)
        await page.add_script_tag(content=script)
        wanted = {panel["id"]: panel["title"] for panel in told["dashboard"]["panels"]}
        await _until_drawn(page, len(wanted))
        faults += await page.evaluate("window.failed ?? []")
        drawn = set(await page.evaluate("window.drawn ?? []"))
        title = told["dashboard"]["title"]
        faults += [f"{title}: {wanted[id]}: was not drawn" for id in wanted.keys() - drawn]
        if faults:
            raise CannotDraw("\n".join(faults))
        await page.locator("#dashboard").screenshot(path=path)
    finally:
        await page.close()
    _of_few_colours(path)


async def _until_drawn(page: Any, count: int) -> None:
    from playwright.async_api import TimeoutError as Late

    done = f"window.failed?.length || window.drawn?.length >= {json.dumps(count)}"
    try:
        await page.wait_for_function(done, timeout=DRAW_MS)
    except Late:
        return
    await page.wait_for_timeout(SETTLE_MS)


def _of_few_colours(path: Path) -> None:
    """A PNG of the colours that it has most of: a chart has few, and their blends at the edges."""
    from PIL import Image

    with Image.open(path) as picture:
        plain = picture.convert("RGB")
    found: Any = plain.getcolors(plain.width * plain.height)
    counted = sorted(found, reverse=True)
    palette = Image.new("P", (1, 1))
    kept = [part for _, colour in counted[:COLOURS] for part in colour]
    palette.putpalette(kept + kept[:3] * (COLOURS - len(kept) // 3))
    plain.quantize(palette=palette, dither=Image.Dither.NONE).save(path, optimize=True)
