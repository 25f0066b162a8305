"""Liveness and readiness, for supervision, for the gateway and for Kubernetes.

`/health/live` says that the event loop turns; `/health/ready` tries each thing the service
cannot work without and names what is missing. `create_app` mounts both.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import orjson
from fastapi import APIRouter
from fastapi.responses import Response

from chassis.problems import ProblemType, problem_for

Check = Callable[[], Awaitable[None]]

NOT_READY = ProblemType(503, "not-ready", "A part is missing", {"Retry-After": "1"})
TIMEOUT_SECONDS = 2.0


class NotReady(Exception):
    """Something that the service cannot work without is missing (503)."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"Missing: {', '.join(missing)}.")
        self.extras = {"missing": list(missing)}


class Health:
    """The checks of one process; a draining process is not ready, whatever they say."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self.draining = False

    async def missing(self) -> list[str]:
        """Returns the names of the checks that fail, all tried at once."""
        results = await asyncio.gather(*map(_passes, self._checks.values()))
        failed = [name for name, passed in zip(self._checks, results, strict=True) if not passed]
        return ["draining", *failed] if self.draining else failed

    async def ready(self) -> Response:
        """Answers 200, or 503 with `missing`."""
        missing = await self.missing()
        if missing:
            return problem_for(NOT_READY, NotReady(missing))
        return _ok({"status": "ready", "checks": dict.fromkeys(self._checks, "ok")})

    async def live(self) -> Response:
        """Answers 200 as long as there is anything to answer."""
        return _ok({"status": "live"})

    def router(self) -> APIRouter:
        """Returns both routes, which stand in no OpenAPI document."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/health/live", self.live)
        router.add_api_route("/health/ready", self.ready)
        return router


async def _passes(check: Check) -> bool:
    """False for a check that raises, whatever it raises, or that takes too long."""
    results = await asyncio.gather(_within(check), return_exceptions=True)
    return results[0] is None


async def _within(check: Check) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await check()


def _ok(document: Mapping[str, object]) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(document), headers=headers, media_type="application/json")
