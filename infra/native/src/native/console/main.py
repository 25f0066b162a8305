"""The process of the console: `python -m native.console.main`, started by the supervisor.

It listens on the loopback address only; from elsewhere it is reached through the gateway.
"""

from chassis.process import run_process
from native.console.bootstrap import bootstrap
from native.console.settings import ConsoleSettings
from native.place import Place


def main() -> None:
    """Runs until SIGTERM."""
    settings = ConsoleSettings()
    console = bootstrap(settings, Place.from_environment())
    run_process(console.app, settings, console.components)


if __name__ == "__main__":
    main()
