"""The edge's bench: what wrk says is read right, and ratios are of the right rows."""

import json
from pathlib import Path

import pytest

from native.bench.edge import report, rivals, wrk
from native.bench.edge.report import EdgeReport, Row
from native.bench.edge.tokens import Mint
from native.bench.edge.wrk import NoLoad, Round

SAID = """\
Running 2s test @ http://127.0.0.1:1/
  Latency Distribution
     50%  343.00us
     75%    1.00ms
     90%    1.05ms
     99%    1.05s
  2000 requests in 2.00s, 1.00MB read
  Socket errors: connect 1, read 2, write 0, timeout 0
  Non-2xx or 3xx responses: 4
Requests/sec:   1000.50
"""


def test_what_wrk_says_is_read() -> None:
    assert wrk.read(SAID, cpu_seconds=0.1) == Round(1000.5, 0.343, 1050.0, 50.0, 7)


@pytest.mark.parametrize("said", ["", SAID.replace("50%", "5%"), SAID.replace("us\n", "xs\n")])
def test_anything_else_is_no_measurement(said: str) -> None:
    with pytest.raises(NoLoad):
        wrk.read(said, 0.1)


def row(per_second: float, p50: float = 1.0, failed: int = 0) -> Row:
    return Row(per_second, 1.0, 2.0, 50.0, failed, p50)


def found(**more: Row) -> EdgeReport:
    rows = {report.DIRECT: row(1000, 0.1), report.GATEWAY: row(50, 0.4)}
    rows |= {report.NEW_TOKENS: row(25), report.HAPROXY: row(100)}
    return EdgeReport("a machine", 32, 3, rows | more, [report.NGINX])


def test_the_ratios_are_those_of_the_goal() -> None:
    ratios = found().ratios()
    assert ratios["gateway / haproxy"] == 0.5
    assert ratios["gateway with new tokens / haproxy"] == 0.25
    assert ratios["added ms, one client"] == pytest.approx(0.3)
    assert json.loads(json.dumps(found().as_json()))["ratios"] == ratios


def test_what_is_absent_or_failed_is_said() -> None:
    table = found(**{report.HAPROXY: row(100, failed=3)}).markdown()
    assert f"| {report.NGINX} | not installed here" in table
    assert "(3 failed)" in table


def test_the_median_is_taken_of_each_figure() -> None:
    rounds = [Round(rate, 1.0, 1.0, 1.0, 1) for rate in (10.0, 30.0, 20.0)]
    assert report.medians(rounds, []).per_second == 20.0
    assert report.medians(rounds, []).failed == 3


def test_the_rivals_listen_on_this_machine_and_check_the_token(tmp_path: Path) -> None:
    nginx = rivals.nginx(tmp_path, 1, 2).read_text()
    haproxy = rivals.haproxy(tmp_path, 1, 2, tmp_path / "key.pem").read_text()
    assert "listen 127.0.0.1:1;" in nginx
    assert "bind 127.0.0.1:1\n" in haproxy
    assert all(part in haproxy for part in ("jwt_verify", "stick-table", "track-sc0", "RS256"))


def test_each_token_is_another() -> None:
    mint = Mint()
    assert len(set(mint.tokens(20))) == 20
    assert json.loads(mint.jwks())["keys"][0]["kid"] == "bench"
