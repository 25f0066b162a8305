"""The style guide as a test: each rule over the whole tree, and each rule over a planted fault."""

import pytest

from tests.architecture.rules import ROOT, RULES, Rule, Source, sources

DOC = '"""Says why this module exists and who calls it, in a sentence or two."""\n'
PLANTED = {
    "file_length": ("services/x/src/x/a.py", DOC + "A = 1\n" * 251),
    "function_length": ("services/x/src/x/a.py", DOC + "def f():\n" + "    a = 1\n" * 41),
    "module_docstring": ("services/x/src/x/a.py", "A = 1\n"),
    "public_docstrings": ("services/x/src/x/a.py", DOC + "def f():\n    return 1\n"),
    "names_of_tests": ("services/x/tests/unit/test_a.py", DOC + "def test_it():\n    pass\n"),
    "business_nouns": ("libs/chassis/src/chassis/a.py", DOC + "order_total = 1\n"),
    "catch_all": (
        "services/x/src/x/application/a.py",
        DOC + "try:\n    a = 1\nexcept Exception:\n    a = 2\n",
    ),
    "inline_http_errors": ("services/x/src/x/api/routes.py", DOC + "raise HTTPException(404)\n"),
    "thread_hops": (
        "services/x/src/x/api/dependencies.py",
        DOC + "from fastapi import Depends\n\ndef _a():\n    pass\n\nA = Depends(_a)\n",
    ),
    "fenced_libraries": ("services/x/src/x/domain/a.py", DOC + "from sqlalchemy import text\n"),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    everything = sources()
    assert len(everything) > 100, "the rules looked at too few files"
    violations = [violation for source in everything for violation in rule(source)]
    assert not violations, "\n".join(violations)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_planted_violation_is_seen(rule: Rule) -> None:
    path, text = PLANTED[rule.__name__]
    assert list(rule(Source(path, text)))


def test_motor_and_jose_are_fenced_each_by_itself() -> None:
    rule = next(rule for rule in RULES if rule.__name__ == "fenced_libraries")
    for library in ("motor.motor_asyncio", "jose"):
        planted = Source("services/orders/src/orders/adapters/a.py", f"import {library}\n")
        assert list(rule(planted)), library


def test_the_lock_names_no_index_and_no_machine() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert lock.count("==") > 60
    assert lock.count("--hash=sha256:") > lock.count("==")
