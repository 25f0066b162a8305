"""Keys fetched over real HTTP, from an issuer that answers well, badly, slowly or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest

from chassis import jwks
from chassis.jwks import HttpJwks, KeysUnavailable
from chassis.testing import AUDIENCE, ISSUER, TokenMint, signing_key
from chassis.tokens import TokenVerifier

GOOD = orjson.dumps({"keys": [signing_key().public_jwk()]})


@asynccontextmanager
async def issuer(body: bytes, status: bytes = b"200 OK", delay: float = 0) -> AsyncIterator[str]:
    """Serves one document; yields its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(delay)
        head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        writer.write(head % (status, len(body)) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/.well-known/jwks.json"


async def test_a_token_is_verified_with_the_keys_of_its_issuer() -> None:
    async with issuer(GOOD) as url:
        verifier = TokenVerifier(ISSUER, AUDIENCE, HttpJwks(url))
        claims = await verifier.verify(TokenMint().mint("someone"))
    assert claims.subject == "someone"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (GOOD, b"500 Internal Server Error"),
        (GOOD, b"302 Found"),
        (b"<html>", b"200 OK"),
        (b"", b"200 OK"),
    ],
)
async def test_an_issuer_that_answers_badly_is_as_good_as_away(body: bytes, status: bytes) -> None:
    async with issuer(body, status) as url:
        with pytest.raises(KeysUnavailable):
            await HttpJwks(url).key("test")


async def test_an_issuer_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT_SECONDS", 0.1)
    async with asyncio.timeout(2):
        async with issuer(GOOD, delay=1) as url:
            with pytest.raises(KeysUnavailable):
                await HttpJwks(url).key("test")


async def test_an_issuer_that_is_away_is_told_from_a_forged_token() -> None:
    with pytest.raises(KeysUnavailable):
        await HttpJwks("http://127.0.0.1:1/").key("test")
