"""The page that draws the dashboards draws every panel of them, and says which one it cannot draw.

Grafana's own components draw, in a real Chromium; what Prometheus would have answered is made here,
two series for each query, so that every kind of panel has something to show.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from native import toolbox
from native.console.pictures import browsing
from native.dashboards.asking import Span
from native.dashboards.drawing import bundled, draw, given
from native.dashboards.panels import CannotDraw, dashboards
from native.errors import StackError
from native.place import Place

SPAN = Span(1_700_000_000, 1_700_000_600)


@pytest.fixture(scope="module")
def script() -> str:
    """The page's script; without npm or Chromium the tests are skipped with the reason."""
    try:
        asyncio.run(_browser_starts())
        return bundled(Place.from_environment().tools)
    except StackError as why:
        if toolbox.required():
            raise
        pytest.skip(str(why))


async def _browser_starts() -> None:
    async with browsing():
        pass


def answered(target: dict[str, Any]) -> dict[str, Any]:
    """Two series, as a range or at one moment."""
    times = range(SPAN.begin, SPAN.end + 1, SPAN.step)
    series: list[dict[str, Any]] = []
    for number, name in enumerate(("orders", "auth"), 1):
        metric = {"service_name": name, "route": f"/v1/{name}", "method": "GET"}
        points = [[at, str((at - SPAN.begin) * number / 1000)] for at in times]
        held = {"value": points[-1]} if target["instant"] else {"values": points}
        series.append({"metric": metric, **held})
    return {"target": target, "result": series}


def page(dashboard: Any, scheme: str = "light") -> dict[str, Any]:
    answers = {
        str(panel["id"]): [answered(target) for target in panel["targets"]]
        for panel in dashboard["panels"]
    }
    lines = {
        str(panel["id"]): ["a line"] for panel in dashboard["panels"] if panel["type"] == "logs"
    }
    return given(dashboard, answers, lines, SPAN, scheme)


@pytest.mark.parametrize("name", dashboards())
async def test_every_panel_of_a_dashboard_is_drawn(name: str, script: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    async with browsing() as browser:
        await draw(browser, script, page(dashboards()[name]), path)
    with Image.open(path) as picture:
        assert picture.width > 1_000
        colours = picture.getcolors()
        assert colours is not None
        assert len(colours) > 20


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "gauge"}, "nobody here draws the type gauge"),
        ({"fieldConfig": {"defaults": {"unit": "furlong"}}}, "Grafana knows no unit furlong"),
        ({"options": None}, "Cannot read properties"),
    ],
)
async def test_a_panel_that_the_page_cannot_draw_is_named(
    change: dict[str, Any], said: str, script: str, tmp_path: Path
) -> None:
    dashboard = json.loads(json.dumps(dashboards()["saga"]))
    dashboard["panels"][2] |= change
    async with browsing() as browser:
        with pytest.raises(CannotDraw, match=f"Saga: Open sagas: {said}"):
            await draw(browser, script, page(dashboard), tmp_path / "picture.png")
    assert not (tmp_path / "picture.png").exists()
