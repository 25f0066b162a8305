"""The import law of ARCHITECTURE.md, proved: each contract of import-linter sees its violation.

`./souk test architecture` runs import-linter over the real tree; here the same contracts run over
a small tree of the same names with one forbidden import planted in it.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules import ROOT

SERVICES = ("auth", "catalog", "inventory", "orders", "payments", "notifications")
LAYERS = ("api", "consumers", "application", "domain", "adapters")
TOP_MODULES = ("bootstrap", "main")

PLANTED = {
    "api | consumers → application → domain": ("orders/domain/a.py", "orders.application"),
    "only bootstrap imports adapters": ("orders/application/a.py", "orders.adapters"),
    "adapters know nothing of their callers": ("orders/adapters/a.py", "orders.api"),
    "the domain knows no chassis": ("orders/domain/a.py", "chassis"),
    "no service imports another": ("orders/adapters/a.py", "payments.domain"),
    "chassis imports no service": ("chassis/a.py", "orders"),
}


def small_tree(root: Path) -> None:
    """Empty packages with the names that the contracts speak of."""
    for package in (*SERVICES, "chassis", "gateway", "native"):
        (root / package).mkdir()
        (root / package / "__init__.py").touch()
    for service in SERVICES:
        for module in TOP_MODULES:
            (root / service / f"{module}.py").touch()
        for layer in LAYERS:
            (root / service / layer).mkdir()
            (root / service / layer / "__init__.py").touch()


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    code = (
        f"import sys; sys.path.insert(0, {str(tree)!r}); "
        "from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    config = str(ROOT / "pyproject.toml")
    return subprocess.run(
        [sys.executable, "-c", code, "--config", config, "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_tree_without_a_violation_passes(tmp_path: Path) -> None:
    small_tree(tmp_path)
    result = lint(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(PLANTED)} kept, 0 broken" in result.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_import_breaks_its_contract(contract: str, tmp_path: Path) -> None:
    small_tree(tmp_path)
    path, imported = PLANTED[contract]
    (tmp_path / path).write_text(f"import {imported}\n")
    result = lint(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in result.stdout
