"""`./souk docs`: writes the pages of `docs/` that are made from the code."""

from typing import Annotated

import typer

from native.errors import StackError


def docs(
    name: Annotated[
        str, typer.Argument(help="The page to write: authorization.")
    ] = "authorization",
) -> None:
    """Write the pages of docs/ that are made from the code."""
    if name != "authorization":
        raise StackError(f"There is no page {name!r}; the one to write is: authorization.")
    # It loads every service, which no other command needs.
    from native.authorization_page import PAGE, page

    PAGE.write_text(page(), encoding="utf-8")
    typer.echo(f"Wrote {PAGE}")
