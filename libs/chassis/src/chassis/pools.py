"""Shows how full the pools of database connections are; `database.py` tells of each engine.

A pool without an idle connection is where requests begin to wait, and after five seconds fail.
"""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool


class Pools(Collector):
    """Asks the pools when somebody looks; an engine that is gone is left out."""

    def __init__(self) -> None:
        self._engines: WeakKeyDictionary[AsyncEngine, str] = WeakKeyDictionary()

    def watch(self, name: str, engine: AsyncEngine) -> None:
        """Shows this engine's pool from now on."""
        self._engines[engine] = name

    def collect(self) -> Iterable[Metric]:
        """Connections in use, and how many there may be."""
        used = GaugeMetricFamily("db_pool_in_use", "Connections in use.", labels=("pool",))
        size = GaugeMetricFamily("db_pool_size", "Connections that may be.", labels=("pool",))
        totals: dict[str, tuple[int, int]] = {}
        for engine, name in list(self._engines.items()):
            pool = engine.pool
            if isinstance(pool, QueuePool):
                busy, most = totals.get(name, (0, 0))
                totals[name] = (busy + pool.checkedout(), most + pool.size())
        for name, (busy, most) in totals.items():
            used.add_metric((name,), busy)
            size.add_metric((name,), most)
        return used, size


pools = Pools()
REGISTRY.register(pools)
