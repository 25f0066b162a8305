"""Keys over HTTP: fetched on demand, seldom for unknown names, kept while the issuer is away."""

import asyncio

import orjson
import pytest

from chassis.jwks import MAX_BYTES, HttpJwks, KeysUnavailable, read_keys
from chassis.testing import signing_key

URL = "http://127.0.0.1:1/.well-known/jwks.json"


class Issuer:
    """A fake of auth: what it publishes, how often it was asked, and the time."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.away = False
        self.asked = 0
        self.now = 1000.0
        self.jwks = HttpJwks(URL, fetch=self.fetch, clock=lambda: self.now)

    async def fetch(self, url: str) -> bytes:
        assert url == URL
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionRefusedError
        return orjson.dumps({"keys": [signing_key(name).public_jwk() for name in self.names]})


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_keys_are_fetched_once_on_the_first_question() -> None:
    issuer = Issuer("test")
    assert issuer.asked == 0
    found = await asyncio.gather(*(issuer.jwks.key("test") for _ in range(20)))
    assert issuer.asked == 1
    assert len({id(key) for key in found}) == 1
    assert found[0] is not None


async def test_unknown_names_ask_the_issuer_at_most_every_ten_seconds() -> None:
    issuer = Issuer("test")
    await issuer.jwks.key("test")
    for _ in range(50):
        assert await issuer.jwks.key("forged") is None
    assert issuer.asked == 1
    issuer.now += 10.1
    for _ in range(50):
        assert await issuer.jwks.key("forged") is None
    assert issuer.asked == 2


async def test_a_new_key_is_found_after_a_rotation() -> None:
    issuer = Issuer("test")
    await issuer.jwks.key("test")
    issuer.names = ["test", "other"]
    issuer.now += 11
    assert await issuer.jwks.key("other") is not None


async def test_a_key_that_stays_is_the_same_object_after_a_refresh() -> None:
    issuer = Issuer("test")
    before = await issuer.jwks.key("test")
    issuer.names = ["test", "other"]
    issuer.now += 11
    await issuer.jwks.key("other")
    assert await issuer.jwks.key("test") is before


async def test_an_old_set_is_refreshed_behind_the_answer() -> None:
    issuer = Issuer("test")
    await issuer.jwks.key("test")
    issuer.names = ["other"]
    issuer.now += 301
    assert await issuer.jwks.key("test") is not None
    await settle()
    assert issuer.asked == 2
    assert await issuer.jwks.key("test") is None


async def test_the_last_good_keys_serve_while_the_issuer_is_away() -> None:
    issuer = Issuer("test")
    await issuer.jwks.key("test")
    issuer.away = True
    for _ in range(3):
        issuer.now += 301
        assert await issuer.jwks.key("test") is not None
        await settle()
    assert issuer.asked == 4


async def test_without_any_answer_nothing_is_said_about_a_token() -> None:
    issuer = Issuer("test")
    issuer.away = True
    for _ in range(3):
        with pytest.raises(KeysUnavailable):
            await issuer.jwks.key("test")
    assert issuer.asked == 1
    issuer.away, issuer.now = False, issuer.now + 11
    assert await issuer.jwks.key("test") is not None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"keys": 1}',
        b'{"keys": [1, {}]}',
        b" " * MAX_BYTES + b'{"keys":[]}',
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_a_set_that_cannot_be_read_has_no_keys(raw: bytes) -> None:
    assert read_keys(raw) == {}


def test_keys_of_other_kinds_are_left_out() -> None:
    good = signing_key().public_jwk()
    others = [{"kty": "oct", "k": "x", "kid": "a"}, {**good, "kid": None}, {**good, "alg": "PS256"}]
    assert list(read_keys(orjson.dumps({"keys": [*others, good]}))) == ["test"]


async def test_where_one_process_of_the_issuer_is_away_the_next_is_asked() -> None:
    asked = []

    async def fetch(url: str) -> bytes:
        asked.append(url)
        if url == "http://first":
            raise ConnectionRefusedError
        return orjson.dumps({"keys": [signing_key("test").public_jwk()]})

    jwks = HttpJwks("http://first,http://second", fetch=fetch)
    assert await jwks.key("test") is not None
    assert asked == ["http://first", "http://second"]
