"""A service to run as a process of its own; `SAMPLE` says how its component behaves."""

import asyncio
import os
import time
from typing import Any

from fastapi import APIRouter, Request

from chassis.application import create_app
from chassis.logs import get_logger
from chassis.process import run_process
from chassis.settings import ServiceSettings
from chassis.testing import TokenMint

router = APIRouter()
log = get_logger(__name__)


@router.get("/slow")
async def slow() -> dict[str, str]:
    await asyncio.sleep(1)
    return {"slow": "done"}


@router.get("/stuck")
async def stuck() -> dict[str, str]:
    await asyncio.sleep(60)
    return {}


@router.get("/bug")
async def bug() -> dict[str, str]:
    raise RuntimeError("@".join(["lost ann", "shop.example"]))


@router.post("/echo")
async def echo(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    return {"body": body, "agent": request.headers.get("user-agent")}


class SampleComponent:
    """Waits to be stopped, crashes, does not listen, or stops the whole event loop."""

    name = "sample-component"

    def __init__(self, manner: str) -> None:
        self._manner = manner
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        if self._manner == "crash":
            raise RuntimeError("the component broke")
        if self._manner == "return":
            return
        await self._stopped.wait()
        log.info("component_finished")

    async def stop(self) -> None:
        if self._manner == "stuck":
            # The event loop itself stands still, as in an endless calculation.
            time.sleep(60)  # noqa: ASYNC251
        if self._manner != "deaf":
            self._stopped.set()


def main() -> None:
    settings = ServiceSettings()
    app = create_app(
        service="sample",
        settings=settings,
        routers=[router],
        problems={},
        verifier=TokenMint().verifier,
        checks={},
        container=None,
    )
    run_process(app, settings, [SampleComponent(os.environ.get("SAMPLE", "good"))])


if __name__ == "__main__":
    main()
