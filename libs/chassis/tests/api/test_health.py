"""Alive is not ready, and what is not ready says what it lacks."""

import asyncio
import time

import httpx
import pytest
from fastapi import FastAPI

from chassis import health


async def test_a_service_that_lacks_nothing_is_ready(client: httpx.AsyncClient) -> None:
    response = await client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "checks": {"postgres": "ok", "valkey": "ok"}}
    assert response.headers["cache-control"] == "no-store"


async def test_ready_names_what_is_missing(client: httpx.AsyncClient, missing: set[str]) -> None:
    missing.add("valkey")
    response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "/problems/not-ready"
    assert response.json()["missing"] == ["valkey"]
    assert (await client.get("/health/live")).status_code == 200


async def test_a_draining_process_is_not_ready(client: httpx.AsyncClient, app: FastAPI) -> None:
    app.state.health.draining = True
    assert (await client.get("/health/ready")).json()["missing"] == ["draining"]
    assert (await client.get("/health/live")).status_code == 200


async def test_a_check_that_hangs_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.05)
    began = time.monotonic()
    assert await health.Health({"slow": hang, "slower": hang}).missing() == ["slow", "slower"]
    assert time.monotonic() - began < 1
