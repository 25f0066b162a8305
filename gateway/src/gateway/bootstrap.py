"""Puts the gateway together from its settings; nothing connects before the lifespan starts.

`main.py` calls `build`, tests call it with their own Redis or verifier.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import IO, Any

from fastapi import FastAPI
from prometheus_client import REGISTRY, CollectorRegistry
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from chassis import observation
from chassis.application import create_app
from chassis.jwks import HttpJwks
from chassis.process import Component
from chassis.revocations import Revocations
from chassis.tokens import TokenVerifier
from gateway.cache.cache import Cache
from gateway.cache.fetching import Fetching
from gateway.cache.store import Store
from gateway.cache.tail import CatalogueTail
from gateway.edge.access_log import AccessLog
from gateway.edge.admission import Admission, Counter
from gateway.edge.application import Edge, Manners
from gateway.edge.exchange import Exchanges
from gateway.edge.express import Express
from gateway.edge.forwarder import Forwarder, Steps
from gateway.edge.hosts import Hosts
from gateway.edge.origins import Origins
from gateway.edge.proxies import Proxies
from gateway.edge.response_head import SecurityFields
from gateway.edge.routing import UNDOCUMENTED, Router
from gateway.edge.tracing import Sampling, Trace, UnrecordedTrace
from gateway.edge.traffic import Traffic
from gateway.edge.transfer import TimeLimits, Transfer
from gateway.edge.tunnels import Tunnels
from gateway.edge.uploads import UPLOADS, BodyLimits
from gateway.identity.callers import Callers
from gateway.limits.limiter import Limiter, Unlimited
from gateway.limits.local_limiter import LocalLimiter
from gateway.limits.policy import PolicyTable
from gateway.limits.redis_limiter import PATIENCE_SECONDS, RedisLimiter
from gateway.openapi.source import ApiDocument
from gateway.pages.assets import serve_own_pages
from gateway.pages.routes import Pages
from gateway.settings import GatewaySettings
from gateway.upstream.cluster import Cluster
from gateway.upstream.pool import PoolLimits

STALE_SECONDS = 1.0


class Gateway:
    """The whole of it. `edge` is the ASGI application, `pages` the FastAPI one inside."""

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        verifier: TokenVerifier | None = None,
        redis: Redis | None = None,
        log_stream: IO[bytes] | None = None,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self.settings = settings
        self.verifier = verifier or TokenVerifier(
            settings.issuer, settings.audience, HttpJwks(settings.jwks_url)
        )
        self.redis = redis or _redis(settings.redis_url)
        self.revocations = Revocations(settings.redis_url)
        self.cache = Cache(Store(settings.cache_bytes))
        self.components: Sequence[Component] = (
            self.revocations,
            CatalogueTail(settings.kafka_bootstrap, self.cache),
        )
        self.policies = PolicyTable(settings.rate_limits)
        self._registry = registry
        self._log_stream = log_stream or sys.stdout.buffer
        self.manners = _manners(settings)
        self._own_pages = Pages(settings, self.manners.hosts)
        self.pages = create_app(
            service="gateway",
            settings=settings,
            routers=[self._own_pages.router()],
            problems={},
            verifier=self.verifier,
            checks={"redis": self._check_redis},
            container=self,
            lifespan=self._lifespan,
        )
        serve_own_pages(self.pages)
        self.edge = Edge(self.pages, self.manners)
        self.clusters: Mapping[str, Cluster] = {}

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        settings = self.settings
        clusters = self.clusters = _clusters(settings)
        exchanges = Exchanges()
        access_log = self._access_log()
        callers = self._callers()
        traffic = Traffic(clusters, self.cache, callers)
        self._own_pages.source = _document(clusters, settings)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.redis.aclose)
            counter = self._counter(stack)
            transfer = Transfer(_time_limits(settings), self.manners.security)
            steps = Steps(
                exchanges=exchanges,
                router=Router(clusters),
                hosts=self.manners.hosts,
                origins=self.manners.origins,
                admission=Admission(callers, self.policies, counter),
                transfer=transfer,
                cache=self.cache,
                tunnels=Tunnels(transfer),
                fetching=Fetching(self.cache, transfer, exchanges),
                security=self.manners.security,
                traffic=traffic,
                access_log=access_log,
                trace=_begin_traces(settings),
                body=_body_limits(settings),
            )
            self.edge.forwarder = Forwarder(steps)
            self.edge.express = Express(steps, self.edge.forwarder)
            self._registry.register(traffic)
            stack.callback(self._registry.unregister, traffic)
            async with _running(
                exchanges.sweep_forever(),
                access_log.flush_forever(),
                _close_stale_forever(clusters),
            ):
                yield
            for cluster in clusters.values():
                cluster.close()

    def _access_log(self) -> AccessLog:
        return AccessLog(
            self._log_stream,
            console=self.settings.log_format == "console",
            sampling=self.pages.state.sampling,
            also=observation.shipped_line(),
        )

    def _callers(self) -> Callers:
        size = self.settings.token_cache_size
        return Callers(self.verifier, self.revocations.revoked, size=size)

    def _counter(self, stack: AsyncExitStack) -> Counter:
        if not self.settings.rate_limiting:
            return Unlimited()
        shared = RedisLimiter(self.redis, self.policies.policies)
        patient = RedisLimiter(self.redis, self.policies.policies, patience=PATIENCE_SECONDS)
        stack.push_async_callback(shared.close)
        stack.push_async_callback(patient.close)
        return Limiter(shared, patient, LocalLimiter())

    async def _check_redis(self) -> None:
        await self.redis.ping()


def build(settings: GatewaySettings, **overrides: Any) -> Gateway:
    """The gateway for these settings; `overrides` are the keyword arguments of `Gateway`."""
    return Gateway(settings, **overrides)


def _manners(settings: GatewaySettings) -> Manners:
    hosts = Hosts(settings.issuer, settings.port, settings.hosts)
    return Manners(
        security=SecurityFields(strict_transport=settings.environment != "development"),
        hosts=hosts,
        origins=Origins(settings.cors_origins, own=hosts.origins),
        proxies=Proxies(settings.trusted_proxies, settings.proxy_field),
    )


def _redis(url: str) -> Redis:
    # One repetition covers a server that was restarted. The limiter has a time limit of its own for
    # each call; the client's would cost a task a call.
    retry = Retry(NoBackoff(), 1)
    return Redis.from_url(url, retry=retry, socket_timeout=None, socket_connect_timeout=1.0)


def _clusters(settings: GatewaySettings) -> dict[str, Cluster]:
    limits = PoolLimits(
        connections=settings.connections_per_replica,
        waiting=settings.waiting_per_replica,
        connect_seconds=settings.connect_seconds,
        idle_seconds=settings.keep_alive_seconds,
    )
    return {name: Cluster(name, urls, limits) for name, urls in settings.upstreams.items()}


def _time_limits(settings: GatewaySettings) -> TimeLimits:
    return TimeLimits(
        connect=settings.connect_seconds + settings.queue_seconds,
        first_byte=settings.first_byte_seconds,
        idle=settings.idle_seconds,
        quiet=settings.quiet_seconds,
    )


def _body_limits(settings: GatewaySettings) -> BodyLimits:
    larger = {UPLOADS: settings.media_limit}
    return BodyLimits(settings.body_limit, settings.body_seconds, settings.body_rate, larger)


def _document(clusters: Mapping[str, Cluster], settings: GatewaySettings) -> ApiDocument:
    documented = {name: found for name, found in clusters.items() if name not in UNDOCUMENTED}
    return ApiDocument(documented, seconds=settings.openapi_seconds)


def _begin_traces(settings: GatewaySettings) -> Callable[[Any], Trace]:
    if settings.collected("traces"):
        limits = settings.trace_per_second, settings.trace_orders_per_second
        return Sampling(settings.trace_sample, *limits)
    return lambda _scope: UnrecordedTrace()


async def _close_stale_forever(clusters: Mapping[str, Cluster]) -> None:
    while True:
        await asyncio.sleep(STALE_SECONDS)
        for cluster in clusters.values():
            cluster.close_stale()


@asynccontextmanager
async def _running(*coroutines: Any) -> AsyncIterator[None]:
    """Run these beside what is inside, and end them with it."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
