"""No SQL is built from strings: values are bound, statements are constants or SQLAlchemy's own.

Whatever reaches `text`, `execute`, `fetch` and their kin may be put together from constants alone.
The stack's own tools are left out: names of databases and roles cannot be bound.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.rules import Source, sources

SINKS = {
    *("text", "execute", "executemany", "exec_driver_sql", "DDL", "scalar", "scalars", "stream"),
    *("fetch", "fetchval", "fetchrow", "copy_from_query", "literal_column"),
}
OURS = ("services/", "libs/", "gateway/")


def built_statements(source: Source) -> Iterator[str]:
    """Each call that takes a statement made of more than constants."""
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
            local = _strings_made_in(function)
            for call in _calls_of(function):
                if call.args and _is_built(call.args[0], local):
                    yield f"{source.path}:{call.lineno}: {ast.unparse(call.args[0])}"


def _calls_of(function: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if name in SINKS:
                yield node


def _strings_made_in(function: ast.AST) -> set[str]:
    """Names of variables that hold a text put together at run time."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if _is_built(node.value, found):
                found |= names
    return found


def _is_built(node: ast.AST, local: set[str]) -> bool:
    match node:
        case ast.Name():
            return node.id in local
        case ast.JoinedStr():
            parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
            return not all(_is_constant(part) for part in parts)
        case ast.BinOp(op=ast.Add() | ast.Mod()):
            texts = [_is_text(side) for side in (node.left, node.right)]
            return any(texts) and not (_is_constant(node.left) and _is_constant(node.right))
        case ast.Call(func=ast.Attribute(attr="format" | "join" | "replace", value=owner)):
            return _is_text(owner) and not all(_is_constant(arg) for arg in _arguments(node))
        case ast.Call(func=ast.Name(id="text")) if node.args:
            return _is_built(node.args[0], local)
    return False


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _is_text(node: ast.AST) -> bool:
    """Looks like a text: a literal, or a constant of a module, which may well be one."""
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.JoinedStr) or _is_constant(node)


def _is_constant(node: ast.AST) -> bool:
    """A literal, a name in capitals, or both put together: known before anybody calls."""
    match node:
        case ast.Constant():
            return isinstance(node.value, str)
        case ast.Name():
            return node.id.isupper()
        case ast.Attribute():
            return node.attr.isupper()
        case ast.BinOp(op=ast.Add()):
            return _is_constant(node.left) and _is_constant(node.right)
    return False


def test_no_statement_of_ours_is_built() -> None:
    ours = [found for found in sources() if found.path.startswith(OURS) and not found.is_test]
    assert len(ours) > 100
    assert [found for source in ours for found in built_statements(source)] == []


@pytest.mark.parametrize(
    "planted",
    [
        "execute(f'SELECT * FROM users WHERE name = {name}')",
        "execute(text(f'SELECT {column} FROM users'))",
        "execute('SELECT * FROM users WHERE name = ' + name)",
        "execute('SELECT * FROM users WHERE name = %s' % name)",
        "execute('SELECT * FROM users WHERE name = {}'.format(name))",
        "execute(_FIND.format(table=table))",
        "execute(_FIND + name)",
        "fetch(' '.join(words))",
        "exec_driver_sql(f'DROP TABLE {name}')",
    ],
)
def test_a_statement_that_is_built_is_seen(planted: str) -> None:
    text = f"async def read(connection, name):\n    await connection.{planted}\n"
    assert list(built_statements(Source("services/x/src/x/adapters/y.py", text)))


@pytest.mark.parametrize(
    "made",
    [
        "statement = f'SELECT {name}'",
        "statement = 'SELECT ' + name",
        "statement = 'SELECT 1'\n    statement += f' WHERE name = {name}'",
    ],
)
def test_a_statement_that_is_built_beforehand_is_seen(made: str) -> None:
    text = f"def read(connection, name):\n    {made}\n    connection.execute(statement)\n"
    assert list(built_statements(Source("services/x/src/x/adapters/y.py", text)))


@pytest.mark.parametrize(
    "good",
    [
        "connection.execute(text('SELECT * FROM users WHERE name = :name'), {'name': name})",
        "connection.execute(_FIND + _ORDERED)",
        "connection.execute(text(f'NOTIFY {CHANNEL}'))",
        "connection.execute(select(users).where(users.c.name == name))",
        "connection.execute(page.limit(limit + 1))",
    ],
)
def test_what_binds_its_values_is_let_alone(good: str) -> None:
    text = f"def read(connection, name):\n    {good}\n"
    assert not list(built_statements(Source("services/x/src/x/adapters/y.py", text)))
