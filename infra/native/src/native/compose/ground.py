"""What faults act upon where the shop runs in containers; see `native.chaos.ground` for native's.

`chaos` sets it up. Each wait is bounded, and what does not come back in time is named.
"""

import asyncio
import time
from dataclasses import dataclass

from native.chaos.ground import BACK_SECONDS, Ground, NotBack
from native.compose.client import Client, DockerFailed
from native.compose.containers import Container, containers
from native.compose.stack import NOTHING
from native.keeper import Keeper
from native.place import Place
from native.record import Record
from native.shop.session import NothingRuns


@dataclass(frozen=True, slots=True)
class Yard(Ground):
    """The containers of one project, and the network that they share."""

    client: Client
    network: str

    async def docker(self, verb: str, service: str) -> None:
        """One of Docker's verbs upon a container; raises DockerFailed."""
        await asyncio.to_thread(self.client.docker, verb, (await self._find(service)).id)

    async def disconnect(self, service: str) -> None:
        """Take a container off the network."""
        one = await self._find(service)
        words = ("network", "disconnect", self.network, one.id)
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
            await asyncio.sleep(0.3)

    async def all_up(self) -> None:
        """Everything that stays takes requests; raises NotBack."""
        found = await asyncio.to_thread(containers, self.client)
        stay = [name for name, one in found.items() if not one.once]
        await asyncio.gather(*(self.up(name) for name in stay))

    async def _mend(self, one: Container) -> None:
        if one.state == "paused":
            await self.docker("unpause", one.service)
        if not one.networks:
            words = ("network", "connect", "--alias", one.service, self.network, one.id)
            await asyncio.to_thread(self.client.docker, *words)
        if one.state in ("exited", "created"):
            await self.docker("start", one.service)

    async def _find(self, service: str) -> Container:
        found = await asyncio.to_thread(containers, self.client)
        if service not in found:
            raise DockerFailed(f"there is no container of {service}")
        return found[service]


def yard(client: Client, place: Place, kept: Record) -> Yard:
    """The ground of a project that runs; raises NothingRuns."""
    found = containers(client)
    if "gateway" not in found or not found["gateway"].networks:
        raise NothingRuns(NOTHING)
    network = found["gateway"].networks[0]
    return Yard(place, kept, Keeper(place), {}, {}, client, network)
