"""The commands that README and docs show are really run, against the stack under test.

Sybil finds the console blocks. A command gets this stack's addresses and, where it would take long,
a smaller share of the same work; what ends a stack runs in an empty home. `./souk test`, which is
what runs this test, and what has tests of its own here are only asked for their help.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sybil import Document
from sybil.parsers.markdown import CodeBlockParser

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("services/*/README.md")]
SHORTER = {
    "test": ["--help"],
    "chaos": ["--help"],  # it takes minutes, and has a suite of its own
    "verify": ["--help"],  # the last test of this suite is about it
    "trace": ["--help"],  # it wants an order; a test of its own has one
    "simulate": ["--seeds", "20"],
    "replay": ["--limit", "5"],
    "bench": ["--here", "--seconds", "1", "--orders", "32"],
    "reset": ["--yes"],
}
ENDING = {"down", "reset"}
# A rotation that another test began is under way for minutes, and refuses the next one.
FINE = {"keys": {0, 1}}
SCALED = re.compile(r"(\w+)=\d+")


def commands() -> list[tuple[str, str]]:
    """Each `$ command` of each console block, with its page."""
    parser = CodeBlockParser(language="console", evaluator=lambda _example: None)
    return [
        (page.name, line.removeprefix("$ "))
        for page in sorted(PAGES)
        for example in Document.parse(str(page), parser)
        for line in str(example.parsed).splitlines()
        if line.startswith("$ ")
    ]


def runnable(command: str, gateway_url: str) -> list[str]:
    """The words to run: the addresses of this stack, and less of what takes long."""
    words = shlex.split(re.sub(r"http://localhost:8080", gateway_url, command), comments=True)
    if words[0] == "curl":
        return [*words, "--fail-with-body"]
    return [*words, *SHORTER.get(words[1], [])] if words[0] == "./souk" else words


def test_the_pages_show_commands() -> None:
    assert len(commands()) >= 12


@pytest.mark.parametrize(("page", "command"), commands())
def test_a_command_of_the_docs_works(page: str, command: str, stack: Any, tmp_path: Path) -> None:
    words = runnable(command, stack.gateway_url)
    home = tmp_path if ENDING.intersection(words) else stack.home
    try:
        said = helped(tuple(words)) if words[-1] == "--help" else execute(words, home)
    finally:
        if "--replicas" in words:
            execute(["./souk", "up", "--replicas", SCALED.sub(r"\1=1", words[-1])], home)
    # Who plants a bug wants to see it found.
    fine = {1} if "--bug" in words else FINE.get(words[1], {0})
    assert said.returncode in fine, f"{page}: {command}\n{said.stdout}{said.stderr}"


@cache
def helped(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What a command says of itself, asked once however many pages show it."""
    return execute(words, "")


def execute(words: Sequence[str], home: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the words as a user would, on the stack of this home."""
    tools = os.environ.get("SOUK_TOOLS") or str(ROOT / ".souk")
    environment = os.environ | {"SOUK_HOME": str(home), "SOUK_TOOLS": tools}
    return subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
