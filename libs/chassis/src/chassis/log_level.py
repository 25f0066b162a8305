"""Changes how much a running process writes: SIGUSR1 for everything, SIGUSR2 for the usual.

Who may signal the process may do so, and nobody else: its own user, an operator with the right to
`exec` into the pod. No port is opened for it, and it works where an engine is away, which is when
it is wanted (docs/adr/0045). After a while the level goes back by itself.
"""

import asyncio
import logging
import signal
from typing import Any

import structlog

from chassis.access_sampling import AccessSampling

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_METHODS = ("debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log")


class Level:
    """The level of this process's loggers; `usual` is what its settings say.

    structlog makes a class for each level, whose methods below it do nothing, so that a line that
    is not written costs nothing. Ours takes its methods from one of these, and from another when
    the level changes: every logger that was made is of our class.
    """

    def __init__(self, usual: str = "info", sampling: AccessSampling | None = None) -> None:
        self._usual = self.now = usual
        self._sampling = sampling
        self.logger_class: Any = type("Logger", (_filtering(usual),), {})

    def change(self, level: str) -> None:
        """Makes this the level of every logger, also of those in use."""
        self.now = level
        source = _filtering(level)
        for name in (*_METHODS, *(f"a{method}" for method in _METHODS)):
            if hasattr(source, name):
                setattr(self.logger_class, name, getattr(source, name))
        logging.getLogger().setLevel(for_libraries(level))
        if self._sampling is not None:
            self._sampling.tell_everything(level == "debug")

    def listen(self, loop: asyncio.AbstractEventLoop, debug_seconds: float) -> None:
        """Takes the two signals from now on."""
        log = structlog.get_logger(module=__name__)
        timer: asyncio.TimerHandle | None = None

        def turn(level: str) -> None:
            nonlocal timer
            if timer is not None:
                timer.cancel()
            timer = loop.call_later(debug_seconds, turn, self._usual) if level == "debug" else None
            self.change(level)
            # A warning, so that it is told at any level.
            log.warning("log_level_changed", log_level=level)

        loop.add_signal_handler(signal.SIGUSR1, turn, "debug")
        loop.add_signal_handler(signal.SIGUSR2, turn, self._usual)


def for_libraries(level: str) -> int:
    """Libraries speak up from `warning` on, unless everything is asked for."""
    number = LEVELS[level]
    return number if number <= logging.DEBUG else max(number, logging.WARNING)


def _filtering(level: str) -> Any:
    return structlog.make_filtering_bound_logger(LEVELS[level])
