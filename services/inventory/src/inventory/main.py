"""The inventory process: API, relay, consumers and the expiry of holds.

Run by `python -m inventory.main`; SOUK_RUN chooses the parts.
"""

from chassis.process import run_process
from inventory.bootstrap import bootstrap
from inventory.settings import InventorySettings


def main() -> None:
    """Runs until SIGTERM."""
    settings = InventorySettings()
    inventory = bootstrap(settings)
    run_process(inventory.app, settings, inventory.components)


if __name__ == "__main__":
    main()
