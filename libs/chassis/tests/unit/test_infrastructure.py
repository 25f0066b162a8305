"""Faults that pass by themselves are told from faults that come again with every attempt."""

import asyncio

import asyncpg
import pytest
import uvloop
from aiokafka.errors import KafkaConnectionError
from redis.exceptions import ReadOnlyError, ResponseError
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis.infrastructure import is_infrastructure


def wrapped(error: Exception) -> DBAPIError:
    """As SQLAlchemy's asyncpg dialect hands a driver's error on."""
    return DBAPIError("SELECT 1", {}, error)


async def write_to_a_connection_that_has_ended() -> None:
    async with await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1") as s:
        _, writer = await asyncio.open_connection(*s.sockets[0].getsockname())
        writer.transport.abort()
        await asyncio.sleep(0)
        writer.writelines([b"PING"])


def test_a_connection_that_ends_while_it_is_opened_is_infrastructure_on_uvloop() -> None:
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        pytest.raises(RuntimeError) as raised,
    ):
        runner.run(write_to_a_connection_that_has_ended())
    assert is_infrastructure(raised.value)


async def say_farewell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """PostgreSQL as it is when it is shut down under a connection at rest (protocol 3.0)."""
    await reader.readexactly(int.from_bytes(await reader.readexactly(4)) - 4)
    version = b"server_version\x0018.0\x00"
    for kind, body in ((b"R", bytes(4)), (b"S", version), (b"Z", b"I")):
        writer.write(kind + (len(body) + 4).to_bytes(4) + body)
    await asyncio.sleep(0.1)
    fields = b"SFATAL\x00C57P01\x00Mterminating connection\x00\x00"
    writer.write(b"E" + (len(fields) + 4).to_bytes(4) + fields)
    await reader.read()
    writer.close()


async def test_what_a_query_meets_after_the_servers_farewell_is_infrastructure() -> None:
    async with await asyncio.start_server(say_farewell, "127.0.0.1") as server:
        host, port = server.sockets[0].getsockname()
        connection = await asyncpg.connect(
            host=host, port=port, user="u", password="p", database="d", ssl=False
        )
        await asyncio.sleep(0.2)
        with pytest.raises(asyncpg.InternalClientError) as raised:
            await connection.execute("SELECT 1")
        connection.terminate()
        await asyncio.sleep(0.1)
    assert is_infrastructure(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        KafkaConnectionError(),
        ReadOnlyError("READONLY You can't write against a read only replica."),
        ResponseError("MISCONF Errors writing to the AOF file: No space left on device"),
        ResponseError("OOM command not allowed when used memory > 'maxmemory'."),
        asyncpg.PostgresConnectionError(),
        asyncpg.exceptions.DiskFullError(),
        asyncpg.exceptions.AdminShutdownError(),
        asyncpg.exceptions.TooManyConnectionsError(),
        asyncpg.exceptions.DeadlockDetectedError(),
        asyncpg.InterfaceError("connection is closed"),
        wrapped(asyncpg.exceptions.CannotConnectNowError()),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_server_that_is_away_is_infrastructure(error: Exception) -> None:
    assert is_infrastructure(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("bad message"),
        RuntimeError("generator raised StopIteration"),
        KeyError("field"),
        FileNotFoundError(2, "No such file or directory", "templates/welcome.txt"),
        ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value"),
        asyncpg.exceptions.UniqueViolationError(),
        asyncpg.exceptions.CheckViolationError(),
        IntegrityError("INSERT", {}, asyncpg.exceptions.UniqueViolationError()),
        wrapped(asyncpg.exceptions.UndefinedTableError()),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_fault_of_the_message_is_not(error: Exception) -> None:
    assert not is_infrastructure(error)
