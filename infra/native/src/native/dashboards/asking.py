"""Asks Prometheus what a dashboard asks, with Grafana's variables as Grafana fills them in.

`pictures.py` takes the answers to the page that draws. An expression that Prometheus refuses is an
error that names its panel; one without an answer is none, and the panel says so.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from native.dashboards.panels import CannotDraw, Json

# `timeInterval` of the provisioned source, and the points that a panel of this width can show.
SCRAPE_SECONDS, POINTS = 15, 600


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a dashboard shows, in whole seconds since the epoch."""

    begin: int
    end: int

    @property
    def step(self) -> int:
        """Seconds between two points: `$__interval`, no fewer than between two samples."""
        return max(SCRAPE_SECONDS, math.ceil((self.end - self.begin) / POINTS))

    def filled(self, expression: str, chosen: Mapping[str, str]) -> str:
        """An expression with values for Grafana's variables and the dashboard's own."""
        values = {
            "$__rate_interval": f"{max(self.step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s",
            "$__range": f"{self.end - self.begin}s",
            **{f"${name}": value for name, value in chosen.items()},
        }
        for name, value in values.items():
            expression = expression.replace(name, value)
        return expression


class Prometheus:
    """The API of a Prometheus at `url`. Raises CannotDraw with what it says is wrong."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def answers(
        self, dashboard: Json, span: Span, chosen: Mapping[str, str]
    ) -> dict[str, list[Json]]:
        """What each panel's targets are told, by the panel's id; nothing for another store's."""
        return {
            str(panel["id"]): [
                self._answer(f"{dashboard['title']}: {panel['title']}", target, span, chosen)
                for target in panel["targets"]
                if target["datasource"]["uid"] == "prometheus"
            ]
            for panel in dashboard["panels"]
        }

    def chosen(self, dashboard: Json) -> dict[str, str]:
        """The dashboard's own variables, each with all of its values."""
        return {
            variable["name"]: "|".join(self._values(dashboard, variable))
            for variable in dashboard["templating"]["list"]
        }

    def ask(self, where: str, path: str, **query: Any) -> Any:
        """The data of an answer; `where` is what the error speaks of."""
        try:
            found = self._http.get(f"/api/v1/{path}", params=query).json()
        except (httpx.HTTPError, ValueError) as problem:
            raise CannotDraw(f"{where}: no Prometheus answers: {problem}") from problem
        if found.get("status") != "success":
            raise CannotDraw(f"{where}: Prometheus refuses: {found.get('error')}")
        return found["data"]

    def _answer(
        self, where: str, target: Json, span: Span, chosen: Mapping[str, str]
    ) -> dict[str, Any]:
        expression = span.filled(target["expr"], chosen)
        if target["instant"]:
            data = self.ask(where, "query", query=expression, time=span.end)
        else:
            # Grafana begins at a multiple of the step, so that a picture does not tremble.
            begin, end = (edge - edge % span.step for edge in (span.begin, span.end))
            times = {"start": begin, "end": end, "step": span.step}
            data = self.ask(where, "query_range", query=expression, **times)
        return {"target": target, "result": data["result"]}

    def _values(self, dashboard: Json, variable: Json) -> list[str]:
        where = f"{dashboard['title']}: the variable {variable['name']}"
        asked = variable["query"]["query"]
        metric, _, label = asked.removeprefix("label_values(").removesuffix(")").partition(", ")
        if asked != f"label_values({metric}, {label})":
            raise CannotDraw(f"{where}: nobody here understands {asked}")
        found: list[str] = self.ask(where, f"label/{label}/values", **{"match[]": metric})
        return found


def silent(dashboard: Json, answers: Mapping[str, Any], lines: Mapping[str, Any]) -> list[str]:
    """The titles of the panels for which there is no answer and no line."""
    return [
        f"{dashboard['title']}: {panel['title']}"
        for panel in dashboard["panels"]
        if not any(one["result"] for one in answers[str(panel["id"])])
        and not lines.get(str(panel["id"]))
    ]
