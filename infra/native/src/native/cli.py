"""The command `./souk`: a thin typer application with one module for each command.

A command's module is imported only when that command is called (or when the help lists them all),
so that `./souk status` does not pay for what `./souk test` needs. To add a command, write a module
with a function and name both in `COMMANDS`.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from native.errors import StackError

# Name on the command line: module and function.
COMMANDS = {
    "up": "native.commands.up:up",
    "down": "native.commands.down:down",
    "status": "native.commands.status:status",
    "logs": "native.commands.logs:logs",
    "trace": "native.commands.trace:trace",
    "reset": "native.commands.reset:reset",
    "doctor": "native.commands.doctor:doctor",
    "import": "native.shop.import_command:import_",
    "replay": "native.shop.replay_command:replay",
    "dlq": "native.commands.dlq:dlq",
    "verify": "native.commands.verify:verify",
    "keys": "native.commands.keys:keys",
    "bench": "native.bench.command:bench",
    "chaos": "native.commands.chaos:chaos",
    "simulate": "native.commands.simulate:simulate",
    "docs": "native.commands.docs:docs",
    "readme": "native.delivery.readme:readme",
    "images": "native.delivery.images:images",
    "deploy": "native.delivery.deploying:deploy",
    "smoke": "native.delivery.smoke:smoke",
    "test": "native.commands.test:test",
}

# With --compose: these of its own, and those that only need to know where the shop is.
IN_CONTAINERS = {
    "up": "native.compose.up:up",
    "down": "native.compose.commands:down",
    "status": "native.compose.commands:status",
    "logs": "native.compose.commands:logs",
    "reset": "native.compose.commands:reset",
    "chaos": "native.compose.chaos:chaos",
}
ON_THE_SHOP = ("import", "replay", "dlq", "verify", "keys")


def _load(name: str, table: Mapping[str, str]) -> Any:
    module, function = table[name].split(":")
    single = typer.Typer(add_completion=False)
    single.command(name)(getattr(import_module(module), function))
    return get_command(single)


class _Lazy(TyperGroup):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_table(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        table = _table(ctx)
        return _load(cmd_name, table) if cmd_name in table else None


def _table(context: Any) -> Mapping[str, str]:
    """The commands of the stack that is meant: native's, or the one in containers."""
    if not context.params.get("compose"):
        return COMMANDS
    return IN_CONTAINERS | {name: COMMANDS[name] for name in ON_THE_SHOP}


app = typer.Typer(
    cls=_Lazy, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def souk(
    context: typer.Context,
    compose: Annotated[
        bool,
        typer.Option("--compose", help="Work on the stack of docker-compose.yml."),
    ] = False,
) -> None:
    """A whole e-commerce back end that one person can run, break and read."""
    if compose and context.invoked_subcommand in ON_THE_SHOP:
        from native.compose.stack import take_over

        take_over()


def main() -> None:
    """The entry point of `./souk`."""
    try:
        app(prog_name="./souk")
    except StackError as problem:
        typer.echo(f"souk: {problem}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
