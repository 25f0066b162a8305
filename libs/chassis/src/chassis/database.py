"""Makes the SQLAlchemy engine of a service; bootstrap calls it once a process."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def sqlalchemy_url(dsn: str) -> str:
    """Turns `postgresql://…`, as every tool writes it, into SQLAlchemy's name for asyncpg."""
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1)


def create_engine(dsn: str, *, pool_size: int = 10, name: str = "souk") -> AsyncEngine:
    """Makes an engine that connects at first use. `name` shows in pg_stat_activity.

    JIT is off: it costs milliseconds for statements that take microseconds.
    """
    return create_async_engine(
        sqlalchemy_url(dsn),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        connect_args={
            "timeout": 5,
            "command_timeout": 30,
            "server_settings": {"application_name": name, "jit": "off"},
        },
    )
