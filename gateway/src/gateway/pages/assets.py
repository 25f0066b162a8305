"""The files of the documentation page, from this package and from the one that carries Swagger UI.

`fastapi-offline` brings Swagger UI's own files, so the page works without the internet. Called once
by `bootstrap.py`.
"""

from pathlib import Path

import fastapi_offline
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

VENDOR = Path(fastapi_offline.__file__).parent / "static"
OWN = Path(__file__).parent / "static"


def serve_own_pages(app: FastAPI) -> None:
    """Mount both folders, and leave `/openapi.json` to our route instead of FastAPI's."""
    routes = app.router.routes
    routes[:] = [route for route in routes if getattr(route, "name", "") != "openapi"]
    app.mount("/docs/vendor", StaticFiles(directory=VENDOR), name="vendor")
    app.mount("/docs/assets", StaticFiles(directory=OWN), name="assets")
