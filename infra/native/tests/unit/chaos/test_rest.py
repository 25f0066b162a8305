"""A shop that is healed has half a minute for its events and a minute for its sagas, no more."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from native.chaos.command import own_findings
from native.chaos.play import Run, rest_of
from native.record import Record
from native.shop.settling import OPEN_SAGAS, OUTBOX, OUTBOX_OLDEST

KEPT = cast(Record, None)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute is a fifth of a second here, and half a minute is nothing."""
    monkeypatch.setattr("native.chaos.play.REST_SECONDS", 0.2)
    monkeypatch.setattr("native.chaos.play.PAUSE", 0.02)


def shop_says(monkeypatch: pytest.MonkeyPatch, *moments: Mapping[str, float]) -> None:
    """What the processes tell, one look after the other; the last for ever.

    A look begins with the sagas.
    """
    looks, now = iter(moments), moments[0]

    async def gauge(_: Any, name: str, services: tuple[str, ...]) -> float:
        nonlocal now
        if name == OPEN_SAGAS:
            now = next(looks, moments[-1])
        return now.get(name, 0) if services != ("catalog",) else 0

    monkeypatch.setattr("native.chaos.play.gauge", gauge)


async def test_a_shop_at_rest_has_nothing_late(monkeypatch: pytest.MonkeyPatch) -> None:
    shop_says(monkeypatch, {OPEN_SAGAS: 1, OUTBOX: 2, OUTBOX_OLDEST: 0.2}, {})
    rest, late = await rest_of(KEPT)
    assert rest is not None and late == 0
    assert own_findings(Run([], rest=rest, late=late)).violations == 0


async def test_an_event_that_leaves_late_is_seen_although_it_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop_says(monkeypatch, {OUTBOX: 1, OUTBOX_OLDEST: 45.0}, {})
    assert (await rest_of(KEPT))[1] == 0, "it is young enough just after the healing"
    monkeypatch.setattr("native.chaos.play.OUTBOX_SECONDS", 0.0)
    shop_says(monkeypatch, {OUTBOX: 1, OUTBOX_OLDEST: 45.0}, {})
    rest, late = await rest_of(KEPT)
    assert rest is not None and late == 45.0
    found = own_findings(Run([], rest=rest, late=late))
    assert found.by_clause == {"event in an outbox half a minute after the last healing": 1}


async def test_a_saga_that_stays_open_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    shop_says(monkeypatch, {OPEN_SAGAS: 1})
    rest, late = await rest_of(KEPT)
    assert (rest, late) == (None, 0)
    assert own_findings(Run([], rest=rest)).by_clause == {"never at rest": 1}
