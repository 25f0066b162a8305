"""The process of auth: `python -m auth.main` runs its API, its relay and its hourly worker.

`SOUK_RUN` chooses among them; see the service's README for the environment it reads.
"""

from auth.bootstrap import bootstrap
from auth.settings import AuthSettings
from chassis.process import run_process


def main() -> None:
    """Runs until SIGTERM."""
    settings = AuthSettings()
    service = bootstrap(settings)
    run_process(service.app, settings, service.components)


if __name__ == "__main__":
    main()
