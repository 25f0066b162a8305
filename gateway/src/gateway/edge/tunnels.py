"""WebSockets: the handshake passes like a request, and after it both sides' bytes pass as they are.

The service decides about the handshake; a refusal is an answer like any other. What the frames
say is between the two ends (RFC 6455), so extensions and subprotocols work. Called by the
forwarder.
"""

import asyncio
from typing import Protocol

from gateway.edge.call import ONLY_NEW, Call
from gateway.edge.exchange import Exchange
from gateway.edge.response_head import Fields, answer_fields
from gateway.edge.transfer import Transfer
from gateway.upstream.connection import UpstreamConnection
from gateway.upstream.errors import UpstreamError


class ClientEnd(Protocol):
    """See `server.tunnel.ClientTunnel`."""

    def open(self, fields: Fields) -> None:
        """Tell the client that the protocol is switched."""

    def write(self, data: bytes) -> None:
        """Send bytes to the client."""

    async def drain(self) -> None:
        """Wait until the client takes more."""

    async def read(self) -> bytes:
        """The next bytes from the client; b"" when it has left."""

    def close(self) -> None:
        """Close the client's connection."""


def switching(request: bytes) -> bytes:
    """The head of a request with what asks for a WebSocket, which else ends at each hop."""
    return request.removesuffix(b"\r\n") + b"connection: Upgrade\r\nupgrade: websocket\r\n\r\n"


class Tunnels:
    """See the module."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._loop = asyncio.get_running_loop()

    async def carry(self, call: Call, client: ClientEnd) -> None:
        """Open a tunnel and keep it until one end closes; raises what `Transfer.carry` raises."""
        exchange, transfer = call.exchange, self._transfer
        call.rest = ONLY_NEW
        call.cluster.admit()
        call.replica, connection = await transfer.connection(call)
        call.connection = connection
        connection.begin(switching(call.request), is_head_request=False, may_switch=True)
        exchange.await_answer(transfer.limits.first_byte)
        try:
            await connection.head()
            if connection.status == 101:
                fields = answer_fields(connection.headers)
        except UpstreamError:
            call.judge(0)
            call.end()
            raise
        except asyncio.CancelledError:
            call.end()
            raise
        if connection.status != 101:
            await transfer.resume(call)
            return
        call.judge(101)
        exchange.status = 101
        client.open([*fields, (b"x-request-id", exchange.request_id)])
        await self._pass_on(call, connection, client)

    async def _pass_on(self, call: Call, connection: UpstreamConnection, client: ClientEnd) -> None:
        exchange = call.exchange
        upwards = asyncio.create_task(self._upwards(exchange, connection, client))
        try:
            while True:
                self._heard(exchange)
                data = await connection.read()
                if not data:
                    return
                exchange.response_bytes += len(data)
                client.write(data)
                await client.drain()
        finally:
            upwards.cancel()
            await asyncio.wait([upwards])
            call.end()
            client.close()

    async def _upwards(
        self, exchange: Exchange, connection: UpstreamConnection, client: ClientEnd
    ) -> None:
        while data := await client.read():
            self._heard(exchange)
            connection.write(data)
            await connection.drain()
        connection.close()

    def _heard(self, exchange: Exchange) -> None:
        exchange.deadline = self._loop.time() + self._transfer.limits.quiet
