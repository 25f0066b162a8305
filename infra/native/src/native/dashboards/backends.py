"""The real collector and the real Prometheus for a time, with the files of infra/observability.

`pictures.py` starts them where no Prometheus is named, and the tests of `tests/infra/observability`
do. Both programs are built from `programs/` there. What the collector has for Jaeger and Loki goes
to the caller.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from native import toolbox
from native.errors import StackError
from native.listening import listening
from native.place import CHECKOUT
from native.ports import free_port

HERE = CHECKOUT / "infra" / "observability"
PROGRAMS = HERE / "programs"
PROMETHEUS, COLLECTOR = "github.com/prometheus/prometheus/cmd/prometheus", "souk/collector"
START_SECONDS, END_SECONDS = 60, 30


class BackendSilent(StackError):
    """A program was started and does not answer."""


def built() -> tuple[Path, Path]:
    """Prometheus and the collector. Raises ToolMissing where there is no Go to build them."""
    prometheus = toolbox.go_build(PROGRAMS / "prometheus", PROMETHEUS)
    return prometheus, toolbox.go_build(PROGRAMS / "collector", COLLECTOR)


@contextmanager
def backends(
    programs: tuple[Path, Path],
    otlp: str,
    scratch: Path,
    take: Callable[[str, bytes], None],
) -> Iterator[str]:
    """Gives the address of a Prometheus that is told what comes to `otlp` (host and port).

    `take` gets the path and the body of what the collector has for `/jaeger` and `/loki`.
    """
    prometheus, collector = programs
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    keep = [
        *(f"--config.file={HERE / 'prometheus.yaml'}", f"--storage.tsdb.path={scratch / 'tsdb'}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--web.enable-otlp-receiver"),
        "--log.level=warn",
    ]
    with (
        listening(0, take) as others,
        _running(prometheus, keep, {}, scratch, f"{url}/-/ready"),
    ):
        told = {
            "OTLP_LISTEN": otlp,
            "PROMETHEUS_URL": url,
            "JAEGER_URL": f"http://127.0.0.1:{others}/jaeger",
            "LOKI_URL": f"http://127.0.0.1:{others}/loki",
        }
        given = [f"--config={HERE / 'collector.yaml'}"]
        with _running(collector, given, told, scratch, f"http://{otlp}/"):
            yield url


@contextmanager
def _running(
    program: Path, options: Sequence[str], told: Mapping[str, str], scratch: Path, answers: str
) -> Iterator[None]:
    """The program, from when it answers at an address. Raises BackendSilent with what it said."""
    said = scratch / f"{program.name}.log"
    with said.open("wb") as log:
        command = [str(program), *options]
        process = subprocess.Popen(command, env={**os.environ, **told}, stdout=log, stderr=log)
    try:
        if not _answers(process, answers):
            words = said.read_text(errors="replace").strip().splitlines()[-1:]
            raise BackendSilent(f"{program.name} does not answer at {answers}: {''.join(words)}")
        yield
    finally:
        process.terminate()
        process.wait(END_SECONDS)


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Any answer will do but one that says to wait, if the program lives that was asked."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        time.sleep(0.2)
        try:
            ready = httpx.get(url, timeout=2, trust_env=False).status_code != 503
        except httpx.TransportError:
            ready = False
        if process.poll() is not None:
            return False
        if ready:
            return True
    return False
