"""Runs a service as one process: its API under uvicorn, and its components beside it.

Each service's `main.py` calls `run_process`. SIGTERM lets connections and requests end, then
components, then closes the application, within ten seconds; a component that fails ends the
process, so that supervision starts it anew.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

import uvloop
from fastapi import FastAPI
from starlette.types import ASGIApp

from chassis import failpoints, observation
from chassis.logs import get_logger
from chassis.reports import report_error
from chassis.server import HealthOnly, Server, listen, uvicorn_config
from chassis.settings import ServiceSettings

COMPONENTS_SECONDS = 3.5
DEADLINE_SECONDS = 9.5

log = get_logger(__name__)


class Component(Protocol):
    """Something that works beside the API: a relay, a consumer, a worker."""

    name: str

    async def run(self) -> None:
        """Works until `stop` is called; ending or raising before that ends the process."""

    async def stop(self) -> None:
        """Asks `run` to finish what it has and return."""


def run_process(
    app: FastAPI,
    settings: ServiceSettings,
    components: Sequence[Component],
    *,
    serve: ASGIApp | None = None,
    http: type[asyncio.Protocol] | Literal["httptools"] = "httptools",
) -> None:
    """Runs until SIGTERM or SIGINT; exits with 1 when something failed.

    Without `api` in `SOUK_RUN` the port answers health and metrics only. `serve` is an ASGI
    application around `app` to be served in its place, `http` uvicorn's protocol class.
    """
    watching = observation.begin(app.state.service, settings, app.state.sampling)
    process = Process(app, settings, [*components, *watching], serve=serve, http=http)
    failpoints.arm(failpoints.parse(settings.failpoints))
    clean = False
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            clean = runner.run(process.run())
    except Exception as error:
        log.error("process_failed", exc_info=error)
        report_error(error)
    observation.end()
    sys.exit(0 if clean else 1)


class Process:
    """The life of one process; `run` returns True after a stop that was asked for."""

    def __init__(
        self,
        app: FastAPI,
        settings: ServiceSettings,
        components: Sequence[Component],
        *,
        serve: ASGIApp | None = None,
        http: type[asyncio.Protocol] | Literal["httptools"] = "httptools",
    ) -> None:
        self._app = app
        self._served = serve or app
        self._http = http
        self._settings = settings
        self._components = {component.name: component for component in components}
        self._stop = asyncio.Event()
        self._failed = False

    async def run(self) -> bool:
        """Starts the application, then the API and the components; stops them the other way."""
        try:
            listener = listen(self._settings.host, self._settings.port)
        except OSError as error:
            log.error("port_not_free", port=self._settings.port, error=str(error))
            return False
        self._catch_signals()
        with listener:
            async with self._app.router.lifespan_context(self._app):
                await self._serve(listener)
        log.info("stopped", clean=not self._failed)
        return not self._failed

    def stop(self) -> None:
        """Asks for the end; after the deadline the process ends whatever still runs."""
        self._app.state.health.draining = True
        self._stop.set()
        watchdog = threading.Timer(DEADLINE_SECONDS, os._exit, (1,))
        watchdog.daemon = True
        watchdog.start()

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        observation.listen(self._settings)

    async def _serve(self, listener: socket.socket) -> None:
        app = self._served if self._settings.runs("api") else HealthOnly(self._app)
        server = Server(uvicorn_config(app, self._http))
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="api")
        tasks = {
            asyncio.create_task(component.run(), name=name): component
            for name, component in self._components.items()
        }
        _freeze()
        log.info("started", port=listener.getsockname()[1], components=list(self._components))
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        await asyncio.wait({serving, stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        self._blame(task for task in (serving, *tasks) if task.done())
        if not self._stop.is_set():
            self.stop()
        server.should_exit = True
        await asyncio.wait({serving})
        await self._stop_components(tasks)

    async def _stop_components(self, tasks: dict[asyncio.Task[None], Component]) -> None:
        running = {task: component for task, component in tasks.items() if not task.done()}
        stops = [asyncio.create_task(component.stop()) for component in running.values()]
        if not running:
            return
        _done, late = await asyncio.wait({*running, *stops}, timeout=COMPONENTS_SECONDS)
        for task in late:
            self._failed = True
            log.error("component_did_not_stop", component=task.get_name())
            task.cancel()
        await asyncio.gather(*running, *stops, return_exceptions=True)
        self._blame(task for task in running if task not in late and task.exception())

    def _blame(self, ended: Iterator[asyncio.Task[None]]) -> None:
        """Writes down what ended although nobody asked it to."""
        for task in ended:
            self._failed = True
            error = None if task.cancelled() else task.exception()
            log.error("component_failed", component=task.get_name(), exc_info=error)
            if error is not None:
                report_error(error, component=task.get_name())


def _freeze() -> None:
    """What start-up made stays for good, so the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()
