"""What one answer of a service looks like while httptools takes it apart.

`connection.UpstreamConnection` inherits these callbacks and this state: one reader lives as long
as its connection and is reset for each exchange, which is cheaper than a new object each time.
"""

import asyncio

import httptools

from gateway.upstream.errors import MalformedAnswer

HIGH_WATER = 128 * 1024
_BODILESS = frozenset({204, 304})
LARGEST_HEAD = 64 * 1024
LARGEST_STATUS = 599
_FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class AnswerReader:
    """The callbacks of `httptools.HttpResponseParser` and the answer that they build."""

    __slots__ = (
        "_bodiless",
        "_buffered",
        "_chunks",
        "_failure",
        "_head_bytes",
        "_is_head_request",
        "_may_switch",
        "_parser",
        "_paused",
        "_transport",
        "complete",
        "head_complete",
        "headers",
        "keep_alive",
        "status",
        "switched",
    )

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._paused = False
        self._expect(is_head_request=False)

    def _expect(self, *, is_head_request: bool, may_switch: bool = False) -> None:
        """Forget the last answer and get ready for the next."""
        self._may_switch = may_switch
        self.switched = False
        self._is_head_request = is_head_request
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.head_complete = self.complete = self._bodiless = False
        self.keep_alive = True
        self._failure: Exception | None = None
        self._chunks: list[bytes] = []
        self._buffered = self._head_bytes = 0

    def take(self) -> bytes:
        """What has arrived of the body and was not handed out yet, without waiting."""
        chunks = self._chunks
        if not chunks:
            return b""
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._chunks = []
        self._buffered = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.head_complete:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self.complete:
            # A second answer to one request: the two sides no longer agree where answers end.
            self.keep_alive = False
            return
        status = self._parser.get_status_code()
        if status < 200:
            if status == 101:
                self._switch()
                return
            self.headers = []
            return
        if status > LARGEST_STATUS:
            raise MalformedAnswer("the status of the answer is none (RFC 9110 §15)")
        if self._head_bytes > LARGEST_HEAD and _size(self.headers) > LARGEST_HEAD:
            raise MalformedAnswer("the head of the answer is too large")
        self.status = status
        self.head_complete = True
        if self._is_head_request or status in _BODILESS:
            self._bodiless = self.complete = True
            self.keep_alive = self._says_keep_alive()

    def _switch(self) -> None:
        """What follows the head is bare bytes, which are handed out as a body is."""
        if not self._may_switch:
            raise MalformedAnswer("the service switched protocols without being asked")
        self.status = 101
        self.switched = self.head_complete = True
        self.keep_alive = False

    def on_body(self, body: bytes) -> None:
        if self.complete:
            self.keep_alive = False
            return
        self._chunks.append(body)
        self._buffered += len(body)
        if self._buffered > HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self.switched:
            return
        if self.head_complete and not self.complete:
            self.complete = True
            self.keep_alive = self._parser.should_keep_alive()

    def _says_keep_alive(self) -> bool:
        named = b",".join(value for name, value in self.headers if name == b"connection").lower()
        return b"close" not in named and self._parser.get_http_version() == "1.1"

    def _ends_with_connection(self) -> bool:
        """Whether the body has no length of its own and lasts until the close (RFC 9112 §6.3)."""
        return not any(name in _FRAMING for name, _ in self.headers)


def _size(fields: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) for name, value in fields)
