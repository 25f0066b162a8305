"""An engine that is slow or away for a minute, and what people in the shop come to see meanwhile.

`play` has one outage, with all that people try in it, and then watches how the shop recovers;
`test_outages.py` plays each once, and `matrix.py` judges what came of it.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from native.chaos.ground import Ground
from native.chaos.links import Weather
from tests.reliability.matrix import DOWN, SLOW, Answer
from tests.reliability.people import ACTS, Act, People

# As the matrix names them, with the process and the end of its links.
ENGINES: Mapping[str, tuple[str, str]] = {
    "PostgreSQL": ("postgres", "postgres"),
    "Redis": ("valkey", "valkey"),
    "Kafka": ("kafka", "kafka"),
    "MongoDB": ("documents", "documents"),
    "mail server": ("mailbox", "smtp"),
}
PAUSE_SECONDS = 1.0
# In which a changed price reaches every cache.
CALM_SECONDS = 3.0
PATIENCE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one outage, and how many seconds after its end everything was well again.

    `answers` and `recovered` are by the names of acts. What was accepted meanwhile is `kept` when
    its orders are confirmed and its mails are there.
    """

    answers: Mapping[str, Sequence[Answer]]
    recovered: Mapping[str, float]
    kept: Mapping[str, float]

    def report(self) -> str:
        """One line: how often each act was tried and refused, its longest answer, and the waits."""
        tried = [f"{name} {_sum_up(seen)}" for name, seen in self.answers.items()]
        again = max(self.recovered.values())
        kept = ", ".join(f"{name} {wait:.1f} s" for name, wait in self.kept.items())
        return f"refused/tried, longest: {', '.join(tried)}; done again {again:.1f} s; kept: {kept}"


def _sum_up(answers: Sequence[Answer]) -> str:
    refused = sum(answer.is_refusal for answer in answers)
    return f"{refused}/{len(answers)} {max(answer.seconds for answer in answers):.1f} s"


async def play(ground: Ground, people: People, engine: str, mode: str, seconds: float) -> Played:
    """Lets people try everything, over and over, while the engine is slow or away, and after."""
    await _do_all_once(people)
    found: dict[str, list[Answer]] = defaultdict(list)
    async with _outage(ground, engine, mode):
        began = time.monotonic()

        async def keep_trying(act: Act) -> None:
            while time.monotonic() - began < seconds:
                found[act.name].append(await _try(act, people, began))
                await asyncio.sleep(PAUSE_SECONDS)

        await asyncio.gather(*(keep_trying(act) for act in ACTS))
    healed = time.monotonic()
    recovered, kept = await asyncio.gather(_recover(people, healed), _keep(people, healed))
    return Played(found, recovered, kept)


async def _do_all_once(people: People) -> None:
    """All is well before; and what is cached has been read since the last change."""
    for act in ACTS:
        before = await _try(act, people, time.monotonic())
        assert before.is_good, f"{act.name}, with every engine well: {before}"
    await asyncio.sleep(CALM_SECONDS)
    for act in ACTS:
        if act.cached:
            await _try(act, people, time.monotonic())


async def _try(act: Act, people: People, began: float) -> Answer:
    asked = time.monotonic()
    try:
        answer = await act.do(people)
    except httpx.TransportError as error:
        return Answer(asked - began, 0, time.monotonic() - asked, None, repr(error))
    seconds = max(each.elapsed.total_seconds() for each in (answer, *answer.history))
    retry_after = answer.headers.get("retry-after")
    return Answer(asked - began, answer.status_code, seconds, retry_after, answer.text[:200])


async def _recover(people: People, healed: float) -> Mapping[str, float]:
    """Seconds until each act is done again."""

    async def until_good(act: Act) -> float:
        return await _since(healed, lambda: _is_done(act, people, healed))

    waits = await asyncio.gather(*(until_good(act) for act in ACTS))
    return {act.name: wait for act, wait in zip(ACTS, waits, strict=True)}


async def _is_done(act: Act, people: People, healed: float) -> bool:
    return (await _try(act, people, healed)).is_good


async def _keep(people: People, healed: float) -> Mapping[str, float]:
    """Seconds until what was accepted is done: what is promised from here on is none of it."""
    orders, addresses = tuple(people.placed), tuple(people.registered)

    async def confirmed() -> bool:
        answers = await _all(lambda path: people.customer.call("GET", path), orders)
        return all(a.is_success and a.json()["status"] == "confirmed" for a in answers)

    async def told() -> bool:
        answers = await _all(lambda path: people.customer.call("GET", _news_of(path)), orders)
        return all(a.is_success and len(a.json()["items"]) == 1 for a in answers)

    async def asked_to_confirm() -> bool:
        mails = await asyncio.gather(*(people.anybody.mails(email) for email in addresses))
        return all(any("onfirm" in mail["subject"] for mail in found) for found in mails)

    checks = {"orders": confirmed, "order mails": told, "account mails": asked_to_confirm}
    waits = await asyncio.gather(*(_since(healed, check) for check in checks.values()))
    return dict(zip(checks, waits, strict=True))


def _news_of(path: str) -> str:
    name = path.rsplit("/", 1)[1]
    return f"/v1/messages?order_id={name}&template=order_confirmed&status=sent"


async def _all(
    ask: Callable[[str], Awaitable[httpx.Response]], paths: Sequence[str]
) -> list[httpx.Response]:
    return await asyncio.gather(*(ask(path) for path in paths))


async def _since(healed: float, is_so: Callable[[], Awaitable[bool]]) -> float:
    """Seconds from `healed` until it is so; infinite for what is not so in time."""
    while time.monotonic() - healed < PATIENCE_SECONDS:
        try:
            if await is_so():
                return time.monotonic() - healed
        except httpx.TransportError:
            pass  # the mailbox may still be starting
        await asyncio.sleep(0.25)
    return float("inf")


@asynccontextmanager
async def _outage(ground: Ground, engine: str, mode: str) -> AsyncIterator[None]:
    process, server = ENGINES[engine]
    links = [link for name, link in ground.links.items() if name.endswith(f">{server}")]
    assert links, f"nobody talks to {server}"
    assert mode in (SLOW, DOWN)
    if mode == SLOW:
        for link in links:
            link.turn(Weather.SLOW)
    else:
        await ground.stop(process)
    try:
        yield
    finally:
        for link in links:
            link.turn(Weather.CALM)
        await ground.up(process)
