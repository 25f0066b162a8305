"""The short form of `./souk chaos`: every kind of fault within three minutes, and no violation.

It drives the command as a user would, on a stack of its own. The long form is the same command
with more minutes; docs/reliability.md has its figures.
"""

import json
import os
import subprocess
import sys

from native.chaos.catalogue import CATALOGUE

SEED = 5
ASKED = ("--minutes", "1.6", "--rate", "6.5", "--rows", "2500")
PATIENCE = 600.0  # seconds, on a machine that does much else


def test_a_shop_that_is_broken_in_every_way_breaks_no_promise() -> None:
    words = ("chaos", "--seed", str(SEED), *ASKED, "--json")
    told = {name: value for name, value in os.environ.items() if name != "SOUK_HOME"}
    ended = subprocess.run(
        [sys.executable, "-m", "native.cli", *words],
        env=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ended.stdout, ended.stderr[-4000:]
    verdict = json.loads(ended.stdout)
    found = [finding for finding in verdict["findings"] if finding["violations"]]
    assert not found, json.dumps(found, indent=1)
    assert ended.returncode == 0
    assert verdict["orders"] >= 500
    assert set(verdict["matrix"]) | set(verdict["left_out"]) == set(CATALOGUE)
    assert {f"I{number}" for number in range(1, 11)} <= {f["name"] for f in verdict["findings"]}
