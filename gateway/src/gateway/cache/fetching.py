"""Fills the cache: a cold or stale key is fetched by one request while the others wait.

A stale answer may go out while it is renewed, or when the service fails (RFC 5861). Writes that
pass make the answers of their service forgotten (RFC 9111 §4.4). The forwarder and the express
call `carry` for every request that concerns the cache.
"""

import asyncio
import re
from typing import Any

from gateway.cache.cache import Cache, Reply, header_of, key_of, reply
from gateway.cache.recording import Recording, UseKept
from gateway.edge.call import Call
from gateway.edge.exchange import Exchange, Exchanges
from gateway.edge.tracing import UnrecordedTrace
from gateway.edge.transfer import Transfer
from gateway.upstream.errors import UpstreamError

_WAIT_SECONDS = 5.0
_CONDITIONS = re.compile(
    rb"(?<=\r\n)(?:if-none-match|if-modified-since|if-range|range): [^\r]*\r\n"
)


class Fetching:
    """See the module."""

    def __init__(self, cache: Cache, transfer: Transfer, exchanges: Exchanges) -> None:
        self._cache = cache
        self._transfer = transfer
        self._exchanges = exchanges
        self._loop = asyncio.get_running_loop()
        self._renewals: set[asyncio.Task[None]] = set()

    async def carry(self, call: Call) -> None:
        """Answer from what is kept, or by asking; raises what `Transfer.carry` raises."""
        exchange, cache = call.exchange, self._cache
        if not cache.concerns(exchange):
            await self._transfer.carry(call)
        elif exchange.scope["method"] == "GET":
            await self._read(call)
        elif (kept := cache.fresh(exchange)) is not None:
            await self._reply(call, kept, "hit")
        else:
            await self._transfer.carry(call)
            if exchange.scope["method"] != "HEAD" and exchange.status < 400:
                cache.purge(lambda key: key[0] == exchange.upstream)

    async def _read(self, call: Call) -> None:
        exchange, cache = call.exchange, self._cache
        key = key_of(exchange)
        leader = cache.under_way.get(key)
        if (kept := cache.fresh(exchange)) is not None:
            await self._reply(call, kept, "hit")
        elif (kept := cache.stale(exchange)) is not None:
            if leader is None:
                self._renew(call)
            await self._reply(call, kept, "stale")
        elif leader is not None:
            await self._follow(call, leader)
        else:
            await self._lead(call)

    async def _follow(self, call: Call, leader: Recording) -> None:
        """Wait for what another request fetches; ask for it in person when that is no use."""
        until = self._loop.time() + _WAIT_SECONDS
        call.exchange.deadline = until + 1
        following: Recording | None = leader
        while following is not None:
            leader = following
            await asyncio.wait([leader.done], timeout=until - self._loop.time())
            kept = self._cache.fresh(call.exchange)
            if kept is not None:
                await self._reply(call, kept, "coalesced")
                return
            # The first who wakes asks in the place of a client that left.
            following = self._cache.under_way.get(leader.key) if leader.abandoned else None
        await self._lead(call)

    async def _lead(self, call: Call) -> None:
        """Fetch, pass it on, and keep what may be kept."""
        cache, exchange = self._cache, call.exchange
        recording = self._record(call)
        cache.outcomes["miss" if recording.stale is None else "asked_anew"] += 1
        try:
            await self._transfer.carry(call)
        except UseKept as better:
            await self._use_kept(call, recording, better)
        except UpstreamError:
            kept = cache.emergency(exchange)
            if kept is None or exchange.status:
                raise
            await self._reply(call, kept, "stale_if_error")
        except (asyncio.CancelledError, OSError):
            recording.abandoned = not exchange.late
            raise
        finally:
            self._end(recording)

    async def _use_kept(self, call: Call, recording: Recording, better: UseKept) -> None:
        """The service says that what is kept is still right, or fails while it will do."""
        kept = recording.stale
        assert kept is not None
        if better.status == 304:
            kept = recording.freshened(better)
            self._end(recording)
            outcome, status = "revalidated", b"souk; hit; fwd=stale; fwd-status=304"
        else:
            outcome, status = "stale_if_error", b"souk; hit; detail=stale-if-error"
        age = kept.age(self._cache.clock())
        wanted = header_of(call.exchange)(b"if-none-match")
        await self._reply(call, reply(kept, wanted, age, status), outcome)

    def _record(self, call: Call) -> Recording:
        """Begin a recording; the request asks for the whole, or whether what is kept holds."""
        exchange, cache = call.exchange, self._cache
        header = header_of(exchange)
        kept = cache.kept(exchange)
        recording = Recording(
            key_of(exchange),
            header,
            cache.clock(),
            authorized=bool(header(b"authorization")),
            stale=kept if kept is not None and kept.etag is not None else None,
        )
        cache.under_way.setdefault(recording.key, recording)
        cache.recordings.add(recording)
        call.recording = recording
        head, _, body = call.request.partition(b"\r\n\r\n")
        head = _CONDITIONS.sub(b"", head + b"\r\n")
        if recording.stale is not None and recording.stale.etag is not None:
            head += b"if-none-match: %b\r\n" % recording.stale.etag
        call.request = head + b"\r\n" + body
        return recording

    def _end(self, recording: Recording) -> None:
        cache = self._cache
        cache.recordings.discard(recording)
        if cache.under_way.get(recording.key) is recording:
            del cache.under_way[recording.key]
        if not recording.ended:
            recording.ended = True
            cache.keep(recording)
        recording.end()

    def _renew(self, call: Call) -> None:
        """Fetch in a task of its own, for nobody in particular."""
        task = self._loop.create_task(self._fetch_for_nobody(call))
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)

    async def _fetch_for_nobody(self, call: Call) -> None:
        old = call.exchange
        exchange = Exchange(old.scope, _never, _swallow, UnrecordedTrace(), self._loop)
        exchange.upstream, exchange.host = old.upstream, old.host
        exchange.task = asyncio.current_task()
        again = Call(exchange, call.cluster, call.request)
        self._exchanges.active.add(exchange)
        recording = self._record(again)
        try:
            await self._transfer.carry(again)
        except UseKept as better:
            if better.status == 304:
                recording.freshened(better)
        except UpstreamError:
            # What is kept goes on being used for as long as it may be.
            pass
        finally:
            self._exchanges.active.discard(exchange)
            exchange.end()
            self._end(recording)

    async def _reply(self, call: Call, kept: Reply, outcome: str) -> None:
        self._cache.outcomes[outcome] += 1
        await self._transfer.reply(call.exchange, kept.status, kept.fields, kept.body)


async def _never() -> Any:
    """A client that says nothing more."""
    await asyncio.get_running_loop().create_future()


async def _swallow(_message: Any) -> None:
    """A client that takes everything."""
