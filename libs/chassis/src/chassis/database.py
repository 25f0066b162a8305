"""The SQLAlchemy engine of a service: made, asked whether it answers, and disposed of.

Bootstrap calls it once a process.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from chassis import failpoints
from chassis.pools import pools

# Who waits for a row gives up after as long.
SILENT_SECONDS = 30


@asynccontextmanager
async def upkeep(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction beside the units of work, for housekeeping; it commits at the end."""
    async with engine.begin() as connection:
        yield connection
        await failpoints.hit("upkeep.before_commit")
    await failpoints.hit("upkeep.after_commit")


def sqlalchemy_url(dsn: str) -> str:
    """Turns `postgresql://…`, as every tool writes it, into SQLAlchemy's name for asyncpg."""
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1)


def create_engine(dsn: str, *, pool_size: int = 10, name: str = "souk") -> AsyncEngine:
    """Makes an engine that connects at first use. `name` shows in pg_stat_activity.

    JIT is off: it costs milliseconds for statements that take microseconds. Plans are made once a
    connection: with `= ANY(array)` PostgreSQL would plan anew each time, which is most of the work.
    A transaction that falls silent ends, for the rows that it holds would else be held for hours
    after its host is gone: until TCP gives the link up.
    """
    engine = create_async_engine(
        sqlalchemy_url(dsn),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        # An error goes to the log, and a value may be a name or the hash of a password.
        hide_parameters=True,
        connect_args={
            "timeout": 5,
            "command_timeout": 30,
            "server_settings": {
                "application_name": name,
                "jit": "off",
                "plan_cache_mode": "force_generic_plan",
                "idle_in_transaction_session_timeout": f"{SILENT_SECONDS}s",
            },
        },
    )
    pools.watch(name, engine)
    return engine


def database_check(engine: AsyncEngine) -> Callable[[], Awaitable[None]]:
    """Returns the readiness check that raises while the database is away."""

    async def answers() -> None:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    return answers


@asynccontextmanager
async def disposing(*engines: AsyncEngine) -> AsyncIterator[None]:
    """Closes the engines' connections at the end; a service's lifespan is, or holds, it."""
    try:
        yield
    finally:
        for engine in engines:
            await engine.dispose()
