"""A message that no consumer can handle is found, shown and sent again with `./souk dlq`."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from chassis.producer import EventProducer, Outgoing

ROOT = Path(__file__).parents[2]


def dlq(stack: Any, *words: str) -> dict[str, Any]:
    """Runs `./souk dlq … --json` for the stack under test."""
    tools = os.environ.get("SOUK_TOOLS") or str(ROOT / ".souk")
    done = subprocess.run(
        ["./souk", "dlq", *words, "--json"],
        cwd=ROOT,
        env=os.environ | {"SOUK_HOME": stack.home, "SOUK_TOOLS": tools},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return dict(json.loads(done.stdout))


async def waiting(stack: Any) -> list[dict[str, Any]]:
    found = await asyncio.to_thread(dlq, stack, "list", "payments.commands")
    return list(found["waiting"])


async def test_a_poison_message_is_listed_shown_and_replayed(stack: Any) -> None:
    producer = EventProducer(stack.kafka_bootstrap)
    await producer.start()
    await producer.send_all([Outgoing("payments.commands", "nobody", b"no envelope")])
    await producer.stop()
    async with asyncio.timeout(30):
        while not (letters := await waiting(stack)):
            await asyncio.sleep(0.2)
    (letter,) = letters
    assert letter["reason"].startswith("MalformedEvent")
    assert letter["key"] == "nobody"
    shown = await asyncio.to_thread(dlq, stack, "show", "payments.commands", str(letter["offset"]))
    assert shown["body"] == "no envelope"
    again = await asyncio.to_thread(dlq, stack, "replay", "payments.commands")
    assert again == {"replayed": 1}
    # It is as bad as before, so it comes back as a new letter, and the old one is done with.
    async with asyncio.timeout(30):
        while not (letters := await waiting(stack)):
            await asyncio.sleep(0.2)
    assert letters[0]["offset"] == letter["offset"] + 1
