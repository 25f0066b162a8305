"""The measures of the house style as functions: a source file in, its violations out.

`test_measures.py` runs each over the whole tree and over a planted violation, so that a rule
that sees nothing is found out.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
MEMBERS = ("libs", "services", "gateway", "infra", "tests")

BUSINESS_NOUNS = {
    *("order", "orders", "cart", "carts", "product", "products", "sku", "skus", "stock"),
    *("payment", "payments", "customer", "customers", "catalogue", "refund", "invoice"),
}
# `order_by` is SQL's word, and an `order` of things is no purchase.
ALLOWED_NAMES = {"order_by"}
CATCH_ALL_ALLOWED = re.compile(
    r"chassis/(consumer|relay|worker|process|revocations|group_commit)\.py$|services/\w+/src/\w+/main\.py$"
)
FRAMEWORKS = {"fastapi", "starlette", "sqlalchemy", "aiokafka", "asyncpg", "motor", "redis"}


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the root, its text and its syntax tree."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parse(self.text)

    @property
    def is_test(self) -> bool:
        return "tests/" in self.path or self.path.endswith("conftest.py")


@cache
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


Rule = Callable[[Source], Iterator[str]]


def sources() -> list[Source]:
    """Every Python file of the members, migrations' version files left out."""
    files = [path for member in MEMBERS for path in sorted((ROOT / member).rglob("*.py"))]
    names = [path for path in files if not {"versions", "node_modules"} & set(path.parts)]
    return [Source(str(path.relative_to(ROOT)), path.read_text()) for path in names]


def file_length(source: Source) -> Iterator[str]:
    """250 lines for a source file, 400 for a test file."""
    limit, lines = (400 if source.is_test else 250), source.text.count("\n")
    if lines > limit:
        yield f"{source.path}: {lines} lines, {limit} are allowed"


def function_length(source: Source) -> Iterator[str]:
    """40 lines for a function, its decorators not counted."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > 40:
                yield f"{source.path}:{node.lineno}: {node.name} has {lines} lines"


def module_docstring(source: Source) -> Iterator[str]:
    """Two to six lines of why; a package's __init__ is its map and may be longer."""
    text = ast.get_docstring(source.tree)
    if source.path.endswith("__init__.py"):
        return
    lines = len(text.splitlines()) if text else 0
    if not 1 <= lines <= 8 or (lines < 2 and not source.is_test and len(text or "") < 40):
        yield f"{source.path}: the module's docstring has {lines} lines"


def public_docstrings(source: Source) -> Iterator[str]:
    """Public functions and classes of a module say what they give."""
    if source.is_test or "/migrations/" in source.path:
        return
    for node in source.tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if not node.name.startswith("_") and not ast.get_docstring(node):
            yield f"{source.path}:{node.lineno}: {node.name} has no docstring"


def names_of_tests(source: Source) -> Iterator[str]:
    """A test's name is a sentence: at least three words after `test_`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = node.name.split("_")
            if words[0] == "test" and source.is_test and len(words) < 4:
                yield f"{source.path}:{node.lineno}: {node.name} states no behaviour"


def business_nouns(source: Source) -> Iterator[str]:
    """The chassis names nothing of the shop."""
    if not source.path.startswith("libs/chassis/src"):
        return
    for node in ast.walk(source.tree):
        for name in _names(node):
            if name not in ALLOWED_NAMES and BUSINESS_NOUNS & set(name.lower().split("_")):
                yield f"{source.path}: {name} is a word of the shop"


def _names(node: ast.AST) -> list[str]:
    attributes = ("id", "attr", "arg", "name")
    return [v for a in attributes if isinstance(v := getattr(node, a, None), str)]


def catch_all(source: Source) -> Iterator[str]:
    """`except Exception` only in the consumer and its kin and at the process entry."""
    if source.is_test or CATCH_ALL_ALLOWED.search(source.path):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            if caught in {"everything", "Exception", "BaseException"} and not _raises(node):
                yield f"{source.path}:{node.lineno}: catches {caught}"


def _raises(node: ast.ExceptHandler) -> bool:
    """A handler that only cleans up and raises again hides nothing."""
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def inline_http_errors(source: Source) -> Iterator[str]:
    """Errors climb to the one problem table; no route makes an HTTPException."""
    if not source.is_test and re.search(r"raise\s+HTTPException", source.text):
        yield f"{source.path}: raises HTTPException"


def thread_hops(source: Source) -> Iterator[str]:
    """FastAPI calls a plain `def` in a thread: a dependency that waits for nothing is async too."""
    if source.is_test or "fastapi" not in _imports(source.tree):
        return
    plain = {node.name: node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Depends", "Security"}:
            for named in (arg.id for arg in node.args[:1] if isinstance(arg, ast.Name)):
                if named in plain:
                    yield f"{source.path}:{plain[named].lineno}: {named} is not async"


def fenced_libraries(source: Source) -> Iterator[str]:
    """motor and python-jose sit behind one place each; the inner layers know no framework."""
    inner = re.search(r"services/\w+/src/\w+/(domain|application)/", source.path)
    for name in _imports(source.tree):
        if name == "motor" and not source.path.startswith("services/catalog/src/catalog/adapters/"):
            yield f"{source.path}: imports motor"
        if name == "jose" and source.path != "libs/chassis/src/chassis/tokens.py":
            yield f"{source.path}: imports jose"
        if inner and name in FRAMEWORKS:
            yield f"{source.path}: {inner[1]} imports {name}"


def _imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


RULES: tuple[Rule, ...] = (
    file_length,
    function_length,
    module_docstring,
    public_docstrings,
    names_of_tests,
    business_nouns,
    catch_all,
    inline_http_errors,
    thread_hops,
    fenced_libraries,
)
