"""What both commands begin with: the stack that runs here, its API, and the operator's key.

`import_command` and `replay_command` open one; the end-to-end tests do the same.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from native import record
from native.errors import StackError
from native.place import Place
from native.record import Record
from native.shop.api import Api
from native.shop.meter import Meter
from native.shop.operator import Operator
from native.shop.signing import Signer

CONNECTIONS = 32
TIMEOUT_SECONDS = 30.0


class NothingRuns(StackError):
    """There is no running shop to talk to."""


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command against one stack."""

    record: Record
    api: Api
    operator: Operator
    meter: Meter


@asynccontextmanager
async def open_session(kept: Record, meter: Meter | None = None) -> AsyncIterator[Session]:
    """Opens connections to the stack's gateway and closes them again."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(
        base_url=kept.gateway_url, limits=limits, timeout=TIMEOUT_SECONDS, trust_env=False
    ) as http:
        api = Api(http)
        yield Session(kept, api, Operator(api, Signer(kept.operator_jwk)), meter or Meter())


def running_stack() -> Record:
    """The record of the stack in this place; raises NothingRuns."""
    kept = record.read(Place.from_environment().record)
    if kept is None or kept.engines_only:
        raise NothingRuns("no shop runs here; ./souk up starts one")
    return kept
