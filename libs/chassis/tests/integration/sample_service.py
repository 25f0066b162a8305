"""A service to run as a process of its own; `SAMPLE` says how its component behaves."""

import asyncio
import os
import time
from typing import Annotated, Any

from fastapi import APIRouter, Request

from chassis.application import create_app
from chassis.logs import get_logger
from chassis.problems import ProblemTable, ProblemType
from chassis.process import run_process
from chassis.security import Caller, requires
from chassis.settings import ServiceSettings
from chassis.testing import TokenMint

router = APIRouter()
mint = TokenMint()
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


@router.get("/things/{thing_id}")
async def thing(thing_id: str) -> dict[str, str]:
    return {"thing": thing_id}


@router.get("/chatter")
async def chatter() -> dict[str, str]:
    log.debug("chatter")
    return {}


@router.get("/token")
async def token() -> dict[str, str]:
    return {"token": mint.mint("customer-17", scopes=["things:read"])}


@router.post("/own/{name}")
async def own(
    name: str, body: dict[str, Any], _caller: Annotated[Caller, requires("things:read")]
) -> dict[str, str]:
    raise RuntimeError(f"no such owner {name}, password={body['password']}")


class Conflict(Exception):
    """Somebody else was faster (409)."""


class ProviderBroken(Exception):
    """What we asked answered nonsense (502)."""


@router.get("/conflict")
async def conflict() -> dict[str, str]:
    raise Conflict("somebody was faster")


@router.get("/broken")
async def broken() -> dict[str, str]:
    raise ProviderBroken("nonsense")


@router.get("/away")
async def away() -> dict[str, str]:
    raise ConnectionRefusedError


PROBLEMS: ProblemTable = {
    Conflict: ProblemType(409, "conflict", "Somebody was faster"),
    ProviderBroken: ProblemType(502, "provider-broken", "The provider is broken"),
}


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
        problems=PROBLEMS,
        verifier=mint.verifier,
        checks={},
        container=None,
    )
    run_process(app, settings, [SampleComponent(os.environ.get("SAMPLE", "good"))])


if __name__ == "__main__":
    main()
