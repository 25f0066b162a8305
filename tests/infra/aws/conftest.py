"""The templates of every variant, synthesised once a run, and moto in a process of its own."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from native import toolbox
from native.toolbox import ToolMissing

ROOT = Path(__file__).resolve().parents[3]
AWS = ROOT / "infra" / "aws"
SYNTH_SECONDS = 900
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
}
Bring = Callable[[str], Path]


def need_node() -> None:
    """Skips without Node.js, and fails instead where nothing may be left out."""
    if shutil.which("node") is None:
        if toolbox.required():
            raise ToolMissing("the CDK needs Node.js")
        pytest.skip("the CDK needs Node.js")


def without_network() -> list[str]:
    """The words that put a command into a network of its own, where that may be done."""
    words = ["unshare", "--net"]
    if shutil.which("unshare") is None:
        return []
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if tried.returncode == 0 else []


@pytest.fixture(scope="session")
def function(python_tool: Bring, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function's code for this very interpreter, so that a test can run it."""
    folder = tmp_path_factory.mktemp("function") / "function"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    program = (
        "import sys; from pathlib import Path; from souk_aws.asset import assemble; "
        "assemble(Path(sys.argv[1]), python=sys.argv[2], uv=sys.argv[3])"
    )
    subprocess.run(
        [python_tool("python"), "-c", program, str(folder), version, toolbox.uv()],
        cwd=AWS,
        check=True,
        timeout=SYNTH_SECONDS,
    )
    return folder


@pytest.fixture(scope="session")
def templates(python_tool: Bring, function: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each variant with its templates, made by `python app.py` without a network."""
    need_node()
    out = tmp_path_factory.mktemp("cdk")
    settings = {
        "SOUK_AWS_EVERY": str(out),
        "SOUK_AWS_FUNCTION": str(function),
        "SOUK_AWS_PYTHON": f"{sys.version_info.major}.{sys.version_info.minor}",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }
    done = subprocess.run(
        [*without_network(), python_tool("python"), "app.py"],
        cwd=AWS,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=SYNTH_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.fixture(scope="session")
def moto_url(python_tool: Bring) -> Iterator[str]:
    """Where moto answers for all of Amazon."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    server = subprocess.Popen(
        [python_tool("moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **CREDENTIALS},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _attempt in range(600):
            try:
                httpx.get(f"{url}/moto-api/", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(20)
