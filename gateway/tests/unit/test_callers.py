"""From tokens to callers, and the memory of tokens that were verified."""

from collections.abc import Callable

import pytest

from chassis.claims import Claims, InvalidToken
from gateway.identity.callers import Callers, anonymous


class Verifier:
    """Takes every token but `bad`, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def verify(self, token: str) -> Claims:
        self.asked += 1
        if token == "bad":
            raise InvalidToken("bad")
        client = token.partition(".")[0]
        actor = "operator" if token.endswith(".acting") else None
        return Claims("i", "one", "j", client, 0, 1000, frozenset(), frozenset(), actor)


class Clock:
    now = 900.0

    def __call__(self) -> float:
        return self.now


def nothing_revoked(_claims: Claims) -> bool:
    return False


def callers(
    size: int = 3, revoked: Callable[[Claims], bool] = nothing_revoked
) -> tuple[Callers, Verifier, Clock]:
    verifier, clock = Verifier(), Clock()
    return Callers(verifier, revoked, size=size, clock=clock), verifier, clock


async def test_a_token_is_verified_once_while_it_is_remembered() -> None:
    known, verifier, _ = callers()
    assert known.known(b"Bearer shop") is None
    first = await known.verify(b"Bearer shop")
    assert known.known(b"Bearer shop") is first
    assert first is not None
    assert (first.kind, first.key, verifier.asked) == ("customer", "shop:one", 1)


async def test_memory_ends_with_the_token_and_after_a_minute() -> None:
    known, _, clock = callers()
    await known.verify(b"Bearer shop")
    clock.now = 961
    assert known.known(b"Bearer shop") is None
    await known.verify(b"Bearer shop")
    clock.now = 1000
    assert known.known(b"Bearer shop") is None
    assert len(known) == 0


async def test_refuse_is_not_remembered_and_pushes_nothing_out() -> None:
    known, _, _ = callers()
    await known.verify(b"Bearer shop")
    for _ in range(10):
        with pytest.raises(InvalidToken):
            await known.verify(b"Bearer bad")
    assert len(known) == 1


async def test_one_token_is_remembered_once_however_it_is_written() -> None:
    known, verifier, _ = callers()
    other = await known.verify(b"Bearer other")
    for field in (b"Bearer shop", b"bearer shop", b"BEARER   shop", b"Bearer \t shop"):
        assert await known.verify(field) is not None
    assert (len(known), verifier.asked) == (2, 2)
    assert known.known(b"Bearer other") is other


async def test_the_oldest_goes_when_memory_is_full() -> None:
    known, _, _ = callers(size=3)
    for name in "abcde":
        await known.verify(f"Bearer {name}".encode())
    assert len(known) == 3
    assert known.known(b"Bearer a") is None
    assert known.known(b"Bearer e") is not None


async def test_memory_holds_its_size_whatever_comes() -> None:
    known, verifier, clock = callers(size=50)
    for number in range(5_000):
        clock.now += 0.001
        await known.verify(b"Bearer %d" % (number % 700))
        assert len(known) <= 50
    assert verifier.asked == 5_000


async def test_a_revoked_token_is_refused_although_it_was_remembered() -> None:
    dead: set[str] = set()
    known, _, _ = callers(revoked=lambda claims: claims.client_id in dead)
    await known.verify(b"Bearer shop")
    await known.verify(b"Bearer other")
    dead.add("shop")
    assert known.known(b"Bearer shop") is None
    with pytest.raises(InvalidToken, match="revoked"):
        await known.verify(b"Bearer shop")
    assert known.known(b"Bearer other") is not None
    assert len(known) == 1


async def test_machines_and_those_they_act_for_are_machines() -> None:
    known, _, _ = callers()
    itself = await known.verify(b"Bearer one")
    acting = await known.verify(b"Bearer operator.acting")
    assert itself is not None
    assert acting is not None
    assert (itself.kind, acting.kind) == ("machine", "machine")


async def test_other_schemes_are_for_the_service() -> None:
    known, verifier, _ = callers()
    assert await known.verify(b"Basic eDp5") is None
    assert verifier.asked == 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("10.1.2.3", "ip:10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "ip:2001:db8:1:2::"),
        ("fe80::1%eth0", "ip:fe80::"),
        ("::ffff:10.1.2.3", "ip:10.1.2.3"),
        ("unknown", "ip:unknown"),
    ],
)
def test_without_a_token_the_address_counts(address: str, key: str) -> None:
    assert anonymous(address).key == key
