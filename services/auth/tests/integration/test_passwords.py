"""argon2id as it really runs: its parameters, its thread, its bounds, its even timing."""

import asyncio
import statistics
import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from auth.adapters.passwords import LANES, MAX_QUEUE, MEMORY_KIB, PASSES, Argon2Passwords
from auth.domain.errors import SignInBusy

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def passwords() -> Argon2Passwords:
    return Argon2Passwords()


async def test_a_hash_names_its_parameters_and_fits_its_password_only(
    passwords: Argon2Passwords,
) -> None:
    encoded = await passwords.hash(PASSWORD)
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (MEMORY_KIB, PASSES, LANES) == (19456, 2, 1)
    assert encoded != await passwords.hash(PASSWORD)
    assert await passwords.verify(encoded, PASSWORD)
    assert not await passwords.verify(encoded, PASSWORD + " ")


@pytest.mark.parametrize("guess", ["", "None", PASSWORD])
async def test_an_account_without_a_password_fits_nothing(
    passwords: Argon2Passwords, guess: str
) -> None:
    assert not await passwords.verify(None, guess)


@pytest.mark.parametrize("method", ["hash", "guessable"])
async def test_the_event_loop_turns_while_passwords_are_worked_on(
    passwords: Argon2Passwords, method: str
) -> None:
    judge = partial(passwords.guessable, "4@({[<69!|1$5+7038%2", [])
    slow = judge if method == "guessable" else partial(passwords.hash, PASSWORD)
    work = asyncio.gather(*(slow() for _ in range(8)))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10


async def test_a_queue_that_is_full_turns_the_next_one_away() -> None:
    busy = Argon2Passwords(threads=1)
    waiting = [asyncio.create_task(busy.verify(None, "x")) for _ in range(MAX_QUEUE)]
    await asyncio.sleep(0)
    with pytest.raises(SignInBusy):
        await busy.verify(None, "x")
    with pytest.raises(SignInBusy):
        await busy.guessable("x", [])
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    busy.close()


async def test_no_more_are_worked_on_at_once_than_there_are_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each hash under way holds its 19 MiB, whoever asked for it."""
    passwords, lock = Argon2Passwords(), threading.Lock()
    under_way, most = 0, 0

    def slow(*_arguments: object) -> bool:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        with lock:
            under_way -= 1
        return True

    monkeypatch.setattr(passwords, "_fits", slow)
    await asyncio.gather(*(passwords.verify(None, "x") for _ in range(MAX_QUEUE)))
    passwords.close()
    assert most == 2


def test_the_memory_of_the_hashes_is_given_back() -> None:
    """In a process of its own, because threads that have hashed before show no growth."""
    code = (
        "import asyncio, psutil; from auth.adapters.passwords import Argon2Passwords\n"
        "async def main():\n"
        "    passwords, rss = Argon2Passwords(), psutil.Process().memory_info\n"
        "    before = rss().rss\n"
        "    await asyncio.gather(*(passwords.hash('x') for _ in range(6)))\n"
        "    print(rss().rss - before)\n"
        "asyncio.run(main())"
    )
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert int(grown.stdout) < MEMORY_KIB * 1024 / 2


async def test_an_unknown_account_takes_as_long_as_a_wrong_password(
    passwords: Argon2Passwords,
) -> None:
    encoded = await passwords.hash(PASSWORD)

    async def seconds(password_hash: str | None) -> float:
        started = time.perf_counter()
        await passwords.verify(password_hash, "wrong")
        return time.perf_counter() - started

    pairs = [(await seconds(encoded), await seconds(None)) for _ in range(9)]
    known, unknown = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert 0.5 < known / unknown < 2
