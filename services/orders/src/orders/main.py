"""The orders process: API, relay, consumers and timers.

Run by `python -m orders.main`; SOUK_RUN chooses the parts.
"""

from chassis.process import run_process
from orders.bootstrap import bootstrap
from orders.settings import OrdersSettings


def main() -> None:
    """Runs until SIGTERM."""
    settings = OrdersSettings()
    service = bootstrap(settings)
    run_process(service.app, settings, service.components)


if __name__ == "__main__":
    main()
