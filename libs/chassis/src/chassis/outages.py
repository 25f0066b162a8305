"""Turns errors of the infrastructure that no one expected into 503.

A plain ASGI layer within the edge; `application.py` puts it there. What it cannot answer for, since
the answer has begun, climbs on.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.infrastructure import is_infrastructure
from chassis.logs import get_logger
from chassis.problems import UNAVAILABLE, problem_for

log = get_logger(__name__)


class Unreachable(Exception):
    """A database, cache or broker does not answer; its own error stays with us (503)."""

    def __init__(self) -> None:
        super().__init__("Please try again shortly.")


class Outages:
    """Answers 503 when database, cache or broker cannot be reached."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets every other error climb on, and those that come after the answer began."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if not started and scope["type"] == "http" and is_infrastructure(error):
                log.warning("infrastructure_unreachable", error=repr(error))
                response = problem_for(UNAVAILABLE, Unreachable(), scope["path"])
                await response(scope, receive, send)
                return
            raise
