"""`./souk keys rotate`: gives the running shop's auth a new key to sign tokens with.

Called by `native.cli`; auth's own command does the work, on auth's own database.
"""

import os
import subprocess
import sys
from enum import StrEnum
from typing import Annotated

import typer

from native.shop.session import running_stack


class Action(StrEnum):
    """What to do with the keys."""

    ROTATE = "rotate"


def keys(action: Annotated[Action, typer.Argument(help="rotate")]) -> None:
    """Rotate the key that signs tokens; exits with 1 while the last rotation is under way."""
    address = {"SOUK_DATABASE_URL": running_stack().databases["auth"]}
    command = (sys.executable, "-m", "auth.keys", action.value)
    raise typer.Exit(subprocess.run(command, env=os.environ | address, check=False).returncode)
