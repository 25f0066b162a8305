"""A server that speaks S3's protocol, for the adapter that does: moto, in a process of its own."""

import os
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from chassis.testing_process import free_port
from native.toolbox import ToolMissing, python_tool, required

# moto looks at no credentials, but boto3 wants some.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
# So many names are a page of a listing; Amazon's thousand would have to be written first.
PAGE = 10


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """Where moto answers; skips where the tools of `infra/tools` cannot be had."""
    try:
        program = python_tool("moto_server")
    except ToolMissing as missing:
        if required():
            raise
        pytest.skip(str(missing))
    port = free_port()
    server = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "MOTO_S3_DEFAULT_MAX_KEYS": str(PAGE),
            **CREDENTIALS,
        },
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url)
        yield url
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What boto3 finds in the environment."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


def _await(url: str) -> None:
    for _attempt in range(300):
        try:
            httpx.get(f"{url}/moto-api/", timeout=5)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(url)
