"""Writes docs/authorization.md: scope × role, and operation × scope × role, from the code itself.

`./souk docs authorization` calls it, and a test, so that the page is never older than the code.
"""

from collections.abc import Iterable, Mapping, Sequence

from fastapi import FastAPI

from auth.domain.rights import EXCHANGE_SCOPES, OPERATOR_SCOPES, ROLE_SCOPES, SCOPES
from native.authorization import Operation, applications, console, operations, unlisted
from native.place import CHECKOUT

PAGE = CHECKOUT / "docs" / "authorization.md"
YES, NO = "✓", ""
_COLUMNS: Mapping[str, frozenset[str]] = {
    **{role.value: scopes for role, scopes in ROLE_SCOPES.items()},
    "operator": OPERATOR_SCOPES,
    "exchange": EXCHANGE_SCOPES,
}
_HEAD = """# Who may do what

Made by `./souk docs authorization` from `services/auth/src/auth/domain/rights.py` and from what
each route says in its signature; a test fails while it is not current. The matrix test
(`tests/e2e/test_authorization_matrix.py`) calls every line of it as each of these callers, through
the gateway and directly.

A service checks scopes, never roles. *operator* is the machine client of `./souk import` and
`./souk replay`, *exchange* a token with which it acts for a customer whom it brought in. Carts,
orders, messages and sessions have an owner: for everybody else whose scopes do not end in `_all`
they do not exist, and the answer is 404.
"""
_UNLISTED = """## Outside the OpenAPI documents

Pages for people, which look at the session's cookie, and the protocol's endpoints, which
authenticate the client. Beside them each process answers `/health/*`, `/metrics` and its own
`/openapi.json` to whoever reaches its port; the gateway forwards none of these.
"""
_OPERATIONAL = ("/health/", "/metrics", "/openapi.json")


def page() -> str:
    """Returns the whole page."""
    apps = applications()
    listed = {service: operations(service, app) for service, app in apps.items()}
    parts = [_HEAD, _scopes(), *(_service(name, found) for name, found in listed.items())]
    parts.append(_service("console", operations("console", console())))
    return "\n".join([*parts, _others(apps, listed)])


def _scopes() -> str:
    rows = [
        [f"`{scope}`", meaning, *(YES if scope in has else NO for has in _COLUMNS.values())]
        for scope, meaning in SCOPES.items()
    ]
    return "## Scopes\n\n" + _table(["scope", "lets a client", *_COLUMNS], rows)


def _service(name: str, found: Iterable[Operation]) -> str:
    rows = [
        [
            f"`{operation.name}`",
            f"`{operation.method} {operation.path}`",
            _needs(operation),
            *(YES if operation.allows(scopes) else NO for scopes in _COLUMNS.values()),
        ]
        for operation in found
    ]
    return f"## {name}\n\n" + _table(["operation", "request", "needs", *_COLUMNS], rows)


def _needs(operation: Operation) -> str:
    ways = [" and ".join(f"`{scope}`" for scope in sorted(way)) for way in operation.alternatives]
    ways += ["a cart's token"] if operation.guests else []
    ways += ["nothing"] if operation.public else []
    return " or ".join(ways)


def _others(apps: Mapping[str, FastAPI], listed: Mapping[str, Sequence[Operation]]) -> str:
    rows = [
        [service, f"`{method} {path}`"]
        for service, app in apps.items()
        for method, path in unlisted(app, listed[service])
        if not path.startswith(_OPERATIONAL)
    ]
    return _UNLISTED + "\n" + _table(["service", "request"], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
