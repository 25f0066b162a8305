"""Gauges are read from every process of a service, whatever their labels."""

from dataclasses import replace

import httpx
import pytest

from infra.native.tests.unit.shop.fake_shop import FakeShop
from native.shop.settling import gauge

TEXT = """\
# HELP orders_open_sagas Sagas that wait for an answer.
# TYPE orders_open_sagas gauge
orders_open_sagas{state="reserving"} 2.0
orders_open_sagas{state="committing"} 1.0
orders_open_sagas_created{state="x"} 99.0
outbox_waiting 4.0
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answers every address with TEXT; returns the addresses."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, text=TEXT)

    real = httpx.AsyncClient
    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(httpx, "AsyncClient", lambda **_: real(transport=transport))
    return asked


async def test_labels_are_added_up_and_other_metrics_left_alone(asked: list[str]) -> None:
    kept = replace(FakeShop().session().record, port_base=8080)
    assert await gauge(kept, "orders_open_sagas", ("orders",)) == 3
    assert asked == ["http://127.0.0.1:8120/metrics"]


async def test_every_replica_is_asked(asked: list[str]) -> None:
    kept = replace(FakeShop().session().record, port_base=8080, replicas={"orders": 2})
    assert await gauge(kept, "outbox_waiting", ("orders", "auth")) == 12
    assert asked == [f"http://127.0.0.1:{port}/metrics" for port in (8120, 8121, 8090)]
