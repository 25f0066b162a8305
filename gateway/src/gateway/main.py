"""The process: `python -m gateway.main` serves the edge until SIGTERM.

uvicorn runs it, on uvloop and with our own httptools protocol class; the chassis drains it.
"""

import gc

from chassis.process import run_process
from gateway.bootstrap import build
from gateway.server.protocol import EdgeProtocol
from gateway.settings import GatewaySettings

# Nearly everything that a request makes is freed by its reference count, so looking for cycles
# after each 700 objects finds nothing and costs every tenth request.
YOUNG_OBJECTS = 20_000


def main() -> None:
    """Run the gateway."""
    settings = GatewaySettings()
    gateway = build(settings)
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
    run_process(gateway.pages, settings, gateway.components, serve=gateway.edge, http=EdgeProtocol)


if __name__ == "__main__":
    main()
