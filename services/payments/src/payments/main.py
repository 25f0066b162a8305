"""The process of payments: API, relay, consumer and provider desks in one.

`python -m payments.main` runs it; SOUK_RUN switches parts off, so that they can run apart.
"""

from chassis.process import run_process
from payments.bootstrap import bootstrap
from payments.settings import PaymentsSettings


def main() -> None:
    """Runs until SIGTERM; the exit code says whether it ended well."""
    settings = PaymentsSettings()
    parts = bootstrap(settings)
    run_process(parts.app, settings, parts.components)


if __name__ == "__main__":
    main()
