"""`python -m native.stripe_mock`: checks the requests of payments' Stripe adapter, without Stripe.

A tool of the suite `contract`. stripe-mock, which Stripe makes from its own specification, is
installed by Go into the tools of this checkout. Exit 77 says that it cannot be had here; with
`SOUK_NOTHING_LEFT_OUT` that is a failure.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from native.place import CHECKOUT, Place
from native.ports import free_port
from native.suites import NOT_HERE

VERSION = "v0.203.0"
MODULE = f"github.com/stripe/stripe-mock@{VERSION}"
CHECKS = CHECKOUT / "services" / "payments" / "tests" / "stripe_mock" / "checks.py"
INSTALL_SECONDS, START_SECONDS = 240, 15


class NoStripeMock(Exception):
    """It cannot be had on this machine; says why."""


def stripe_mock(tools: Path) -> Path:
    """Returns the program, installed as a whole or not at all; raises NoStripeMock."""
    program = tools / "stripe-mock" / VERSION / "stripe-mock"
    if program.exists():
        return program
    go = shutil.which("go")
    if go is None:
        raise NoStripeMock("there is no Go")
    program.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "GOBIN": str(program.parent)}
    try:
        done = subprocess.run(
            [go, "install", MODULE],
            env=environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NoStripeMock("Go did not install it in time") from None
    if done.returncode != 0:
        raise NoStripeMock(f"Go did not install it: {done.stderr.strip()[-300:]}")
    return program


@contextmanager
def running(program: Path) -> Iterator[str]:
    """Yields the address at which it answers; raises NoStripeMock when it does not start."""
    port = free_port()
    words = [str(program), "-http-addr", f"127.0.0.1:{port}"]
    silent = subprocess.DEVNULL
    with subprocess.Popen(words, stdout=silent, stderr=silent) as child:
        try:
            _wait(child, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.terminate()


def _wait(child: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and child.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise NoStripeMock("it does not start")


def check(tools: Path) -> tuple[int, str]:
    """The exit code and a sentence: 0 every request fits, 1 not, 77 it cannot be told here."""
    try:
        with running(stripe_mock(tools)) as url:
            words = [sys.executable, "-m", "pytest", "-q", str(CHECKS)]
            told = {**os.environ, "SOUK_STRIPE_MOCK_URL": url}
            done = subprocess.run(words, cwd=CHECKOUT, env=told, check=False)
    except NoStripeMock as problem:
        return NOT_HERE, f"The requests to Stripe were not checked: {problem}."
    if done.returncode != 0:
        return 1, "Requests of the Stripe adapter do not fit Stripe's specification."
    return 0, "Every request of the Stripe adapter fits Stripe's specification."


def main() -> None:
    """Checks with what is, or can be, installed here."""
    code, sentence = check(Place.from_environment().tools)
    sys.stdout.write(sentence + "\n")
    sys.exit(1 if code == NOT_HERE and os.environ.get("SOUK_NOTHING_LEFT_OUT") else code)


if __name__ == "__main__":
    main()
