"""What faults act upon where the shop runs in containers; see `native.chaos.ground` for native's.

`chaos` sets it up. Each wait is bounded, and what does not come back in time is named.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from native.chaos.ground import BACK_SECONDS, Ground, NotBack
from native.compose.client import Client
from native.compose.containers import Container, container_of, containers
from native.compose.stack import NOTHING
from native.keeper import Keeper
from native.place import Place
from native.record import Record
from native.shop.session import NothingRuns

PAUSE = 0.5  # seconds between two looks at a container


@dataclass(frozen=True, slots=True)
class Yard(Ground):
    """The containers of one project, and the network that they share."""

    client: Client
    network: str
    ids: Mapping[str, str]  # of the containers that stay, by service; asking takes time

    async def docker(self, verb: str, service: str) -> None:
        """One of Docker's verbs upon a container; raises DockerFailed."""
        await asyncio.to_thread(self.client.docker, verb, self.ids[service])

    async def disconnect(self, service: str) -> None:
        """Take a container off the network."""
        words = ("network", "disconnect", self.network, self.ids[service])
        await asyncio.to_thread(self.client.docker, *words)

    async def stop(self, name: str) -> None:
        """Stop it in order, and wait until it has ended."""
        await self.docker("stop", name)

    async def up(self, name: str) -> None:
        """Undo whatever was done to it, and wait until it is ready; raises NotBack."""
        deadline = time.monotonic() + BACK_SECONDS
        while not (one := await self._find(name)).ready:
            if time.monotonic() > deadline:
                raise NotBack(f"{name} is not back: docker logs {one.name}")
            await self._mend(one)
            await asyncio.sleep(PAUSE)

    async def all_up(self) -> None:
        """Everything that stays takes requests; raises NotBack."""
        await asyncio.gather(*(self.up(name) for name in self.ids))

    async def _mend(self, one: Container) -> None:
        if one.state == "paused":
            await self.docker("unpause", one.service)
        if not one.networks:
            words = ("network", "connect", "--alias", one.service, self.network, one.id)
            await asyncio.to_thread(self.client.docker, *words)
        if one.state in ("exited", "created"):
            await self.docker("start", one.service)

    async def _find(self, service: str) -> Container:
        text = await asyncio.to_thread(self.client.docker, "inspect", self.ids[service])
        return container_of(json.loads(text)[0])


def yard(client: Client, place: Place, kept: Record) -> Yard:
    """The ground of a project that runs; raises NothingRuns."""
    found = containers(client)
    if "gateway" not in found or not found["gateway"].networks:
        raise NothingRuns(NOTHING)
    network = found["gateway"].networks[0]
    ids = {name: one.id for name, one in found.items() if not one.once}
    return Yard(place, kept, Keeper(place), {}, {}, client, network, ids)
