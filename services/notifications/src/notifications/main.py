"""The notifications process: API, relay, consumer and the senders.

Run by `python -m notifications.main`; SOUK_RUN chooses the parts.
"""

from chassis.process import run_process
from notifications.bootstrap import bootstrap
from notifications.settings import NotificationsSettings


def main() -> None:
    """Runs until SIGTERM."""
    settings = NotificationsSettings()
    notifications = bootstrap(settings)
    run_process(notifications.app, settings, notifications.components)


if __name__ == "__main__":
    main()
