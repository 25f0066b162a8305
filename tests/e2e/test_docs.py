"""The commands that README and docs show are really run, against the stack under test.

Sybil finds the console blocks. What would end the stack or start the tests within the tests is
only asked for its help, so that at least no command or flag is invented.
"""

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sybil import Document
from sybil.parsers.markdown import CodeBlockParser

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("services/*/README.md")]
NOT_HERE = {"test", "down", "reset", "bench", "replay"}


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
    """The words to run: the addresses of this stack, and help for what must not run here."""
    words = shlex.split(re.sub(r"http://localhost:8080", gateway_url, command))
    if words[0] == "./souk" and words[1] in NOT_HERE:
        return [*words[:2], "--help"]
    if words[:2] == ["./souk", "up"]:
        return ["./souk", "up"] if len(words) == 2 else [*words[:2], "--help"]
    return [*words, "--fail-with-body"] if words[0] == "curl" else words


def test_the_pages_show_commands() -> None:
    assert len(commands()) >= 12


@pytest.mark.parametrize(("page", "command"), commands())
def test_a_command_of_the_docs_works(page: str, command: str, stack: Any) -> None:
    tools = os.environ.get("SOUK_TOOLS") or str(ROOT / ".souk")
    environment = os.environ | {"SOUK_HOME": stack.home, "SOUK_TOOLS": tools}
    words = runnable(command, stack.gateway_url)
    done = subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{page}: {command}\n{done.stdout}{done.stderr}"
