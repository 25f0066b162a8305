"""The catalogue's process: API, relay and consumers; it creates the indexes when it starts.

Run by `python -m catalog.main`; SOUK_RUN chooses the parts.
"""

from catalog.bootstrap import bootstrap
from catalog.settings import CatalogSettings
from chassis.process import run_process


def main() -> None:
    """Runs until SIGTERM."""
    settings = CatalogSettings()
    catalog = bootstrap(settings)
    run_process(catalog.app, settings, catalog.components)


if __name__ == "__main__":
    main()
