"""`./souk docs`: writes what is made from the code and kept in the tree beside it.

A contract test for each says when it is not current.
"""

from pathlib import Path
from typing import Annotated

import typer

from native.errors import StackError

PAGES = ("authorization", "operations", "postman")


def docs(
    name: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(PAGES)}; all of them without it.")
    ] = None,
) -> None:
    """Write the pages and lists that are made from the code."""
    if name is not None and name not in PAGES:
        raise StackError(f"There is no page {name!r}; there are: {', '.join(PAGES)}.")
    for path, text in _made(PAGES if name is None else (name,)).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        typer.echo(f"Wrote {path}")


def _made(names: tuple[str, ...]) -> dict[Path, str]:
    # These load every service, which no other command needs.
    from native import api_document, authorization_page
    from native.postman import collection

    made: dict[Path, str] = {}
    if "authorization" in names:
        made[authorization_page.PAGE] = authorization_page.page()
    if "operations" in names:
        made[api_document.OPERATIONS] = api_document.names(api_document.document())
    if "postman" in names:
        made |= collection.files()
    return made
