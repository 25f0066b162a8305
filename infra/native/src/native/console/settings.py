"""Settings of the console, from the environment; `native.table` sets them.

Where the home of its stack is it learns as every command does, from `SOUK_HOME` and `SOUK_TOOLS`.
"""

from typing import Annotated

from pydantic import Field

from chassis.settings import ServiceSettings
from native.console.store import MOST_SPANS


class ConsoleSettings(ServiceSettings):
    """What every service has, and the console's own."""

    # How many spans are kept, and where what comes in over OTLP goes on to, if anywhere.
    console_spans: Annotated[int, Field(gt=0)] = MOST_SPANS
    console_forward: str | None = None
