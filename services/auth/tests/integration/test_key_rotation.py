"""Keys on real PostgreSQL: rotated under load without a refusal, encrypted, and re-encrypted."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.adapters.key_rows import RsaKeys
from auth.adapters.key_store import KeyStore
from auth.adapters.unit_of_work import AuthUnitOfWork
from auth.application.rotate_keys import rotate_if_due, rotate_keys
from auth.domain.key_schedule import KeyTimes, RotationUnderWay
from auth.keys import main
from auth.settings import AuthSettings
from chassis import jwks
from chassis.clock import utcnow
from chassis.encryption import Encryption, Undecryptable
from chassis.jwks import HttpJwks
from chassis.testing import AUDIENCE, ISSUER
from chassis.tokens import TokenVerifier

OLD, NEW = Encryption([b"o" * 32]), Encryption([b"n" * 32, b"o" * 32])
# Tokens are looked at again after a second, which is their whole life in this test.
TOKEN_SECONDS = 1.0
TIMES = KeyTimes(ahead=timedelta(seconds=1.5), after=timedelta(seconds=1.5))
NewUow = Callable[[], AuthUnitOfWork]


@asynccontextmanager
async def following(store: KeyStore) -> AsyncIterator[KeyStore]:
    """A replica that reads the keys again and again, as its component does."""

    async def follow() -> None:
        while True:
            await store.follow()
            await asyncio.sleep(0.1)

    await store.load()
    task = asyncio.create_task(follow())
    try:
        yield store
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def published(store: KeyStore) -> AsyncIterator[str]:
    """Serves a replica's JWK set over HTTP; yields the URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = orjson.dumps(store.public_set())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


def sign(store: KeyStore) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "s", "client_id": "c", "jti": "j"}
    return store.signer.sign({**claims, "iat": now, "exp": now + 300})


async def test_a_rotation_fails_no_request_at_any_replica(
    engine: AsyncEngine, new_uow: NewUow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One replica signs, another publishes, and a service checks over HTTP all the while."""
    monkeypatch.setattr(jwks, "REFRESH_SECONDS", 0.5)
    signed: deque[tuple[float, str]] = deque()
    signers: set[str] = set()
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(following(KeyStore(engine, OLD)))
        other = await stack.enter_async_context(following(KeyStore(engine, OLD)))
        url = await stack.enter_async_context(published(other))
        verifier = TokenVerifier(ISSUER, AUDIENCE, HttpJwks(url), remember=0)
        begun = time.monotonic()
        plan = None
        while (elapsed := time.monotonic() - begun) < 5:
            if plan is None and elapsed > 0.5:
                plan = await rotate_keys(new_uow(), RsaKeys(OLD), utcnow(), TIMES)
            signers.add(one.signer.kid)
            signed.append((time.monotonic(), sign(one)))
            await verifier.verify(signed[-1][1])
            while signed and signed[0][0] < time.monotonic() - TOKEN_SECONDS:
                await verifier.verify(signed.popleft()[1])
            await asyncio.sleep(0.005)
        assert plan is not None
        assert len(signers) == 2
        assert [key["kid"] for key in other.public_set()["keys"]] == [plan.kid]


async def test_of_two_replicas_that_rotate_at_once_one_does(
    engine: AsyncEngine, new_uow: NewUow
) -> None:
    await KeyStore(engine, OLD).load()
    month = timedelta(days=30)
    due = utcnow() + month
    turns = await asyncio.gather(
        *(rotate_if_due(new_uow, RsaKeys(OLD), month, due) for _ in range(4))
    )
    assert sorted(turns) == [False, False, False, True]
    with pytest.raises(RotationUnderWay):
        await rotate_keys(new_uow(), RsaKeys(OLD), due)


async def materials(engine: AsyncEngine) -> dict[str, bytes]:
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT kid, material FROM keys"))).all()
    return {row.kid: row.material for row in rows}


async def test_no_private_key_is_in_the_database_in_plain(engine: AsyncEngine) -> None:
    store = KeyStore(engine, OLD)
    await store.load()
    for material in (await materials(engine)).values():
        assert b"PRIVATE" not in material
        assert store.seal not in material


async def test_rows_from_before_encryption_are_encrypted_at_the_next_load(
    engine: AsyncEngine,
) -> None:
    store = KeyStore(engine, OLD)
    await store.load()
    async with engine.begin() as connection:
        for kid, plain in ((store.signer.kid, store.signer.pem.encode()), ("seal-1", store.seal)):
            statement = text("UPDATE keys SET material = :m, encrypted = false WHERE kid = :k")
            await connection.execute(statement, {"m": plain, "k": kid})
    again = KeyStore(engine, OLD)
    await again.load()
    assert (again.seal, again.public_set()) == (store.seal, store.public_set())
    assert all(OLD.is_current(material) for material in (await materials(engine)).values())


async def test_the_encryption_key_is_changed_with_both_keys_at_hand(engine: AsyncEngine) -> None:
    store = KeyStore(engine, OLD)
    await store.load()
    with pytest.raises(Undecryptable):
        await KeyStore(engine, Encryption([b"x" * 32])).load()
    await asyncio.gather(*(KeyStore(engine, NEW).load() for _ in range(3)))
    alone = KeyStore(engine, Encryption([b"n" * 32]))
    await alone.load()
    assert (alone.seal, alone.public_set()) == (store.seal, store.public_set())


async def test_a_replica_without_the_new_key_goes_on_with_what_it_has_read(
    engine: AsyncEngine,
) -> None:
    """As in a rolling restart, whose first replica encrypts everything anew."""
    late = KeyStore(engine, OLD)
    await late.load()
    early = KeyStore(engine, NEW)
    await early.load()
    assert not await late.follow()
    assert (late.signer.kid, late.seal) == (early.signer.kid, early.seal)
    assert late.public_set() == early.public_set()
    assert all(NEW.is_current(material) for material in (await materials(engine)).values())


async def test_the_command_rotates_once_and_then_says_to_wait(
    engine: AsyncEngine,
    settings: AuthSettings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store = KeyStore(engine, Encryption(settings.encryption_keys))
    await store.load()
    monkeypatch.setenv("SOUK_DATABASE_URL", settings.dsn)
    statuses = [await asyncio.to_thread(main, arguments) for arguments in (["rotate"],) * 2]
    assert statuses == [0, 1]
    said = capsys.readouterr()
    assert "signs from" in said.out
    assert "will sign from" in said.err
    await store.load()
    assert len(store.public_set()["keys"]) == 2
    assert main(["burn"]) == 2
