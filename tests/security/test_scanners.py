"""The scanners of the suite see what is planted for them, and an empty search is no clean one."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from detect_secrets.core import baseline

from native import advisories, leaks
from native.place import CHECKOUT

PINS = "starlette==0.40.0\nidna==3.7\n"
WEAK = {"vulns": [{"id": "PYSEC-0-0", "summary": "x", "affected": [], "aliases": []}]}


@contextmanager
def osv(known: Mapping[str, object]) -> Iterator[str]:
    """An advisory service that knows these packages, as OSV's `/v1/query` answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(known.get(asked["package"]["name"], {})).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def pins(tmp_path: Path) -> Path:
    file = tmp_path / "pins.txt"
    file.write_text(PINS)
    return file


def test_a_weak_package_is_named(pins: Path) -> None:
    with osv({"python-jose": WEAK, "idna": WEAK}) as service:
        code, sentence = advisories.check(pins, service)
    assert code == 1
    assert "idna 3.7: PYSEC-0-0" in sentence


def test_a_clean_audit_says_how_many_packages_it_looked_at(pins: Path) -> None:
    with osv({"python-jose": WEAK}) as service:
        assert advisories.check(pins, service) == (
            0,
            "2 packages audited, none with a known weakness.",
        )


def test_a_service_that_knows_nothing_makes_the_audit_void(pins: Path) -> None:
    with osv({}) as service:
        code, sentence = advisories.check(pins, service)
    assert code == 1
    assert "void" in sentence


def test_a_service_that_is_away_is_no_clean_audit(pins: Path) -> None:
    code, sentence = advisories.check(pins, "http://127.0.0.1:9/v1/query")
    assert code == advisories.NOT_HERE
    assert sentence.startswith("No package was audited")


def test_no_pin_at_all_is_no_clean_audit(tmp_path: Path) -> None:
    (tmp_path / "none.txt").touch()
    with osv({"python-jose": WEAK}) as service:
        assert advisories.check(tmp_path / "none.txt", service)[0] == 1


def test_a_secret_that_somebody_committed_is_found_and_not_repeated(tmp_path: Path) -> None:
    secret = "AKIA" + "QYLPMN5HHHFPZAM2"
    (tmp_path / "settings.py").write_text(f'KEY = "{secret}"\n')
    baseline.save_to_file(leaks.search(tmp_path, []), str(tmp_path / "known"))
    found = leaks.news(leaks.search(tmp_path, ["settings.py"]), tmp_path / "known")
    assert found == ["settings.py:1: AWS Access Key"]


def test_every_file_that_git_keeps_is_searched() -> None:
    assert {"README.md", "souk", "services/auth/src/auth/settings.py"} <= set(leaks.kept(CHECKOUT))


def test_bandit_reads_this_configuration_and_sees_a_shell(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import os\nos.popen('ls ' + input())\n")
    bandit = [sys.executable, "-m", "bandit", "-q", "-ll", "-c", str(CHECKOUT / "pyproject.toml")]
    (tmp_path / "worse.py").write_text("import pickle\npickle.loads(input().encode())\n")
    done = subprocess.run(
        [*bandit, "-r", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "B301" in done.stdout
